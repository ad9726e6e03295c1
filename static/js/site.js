// What the pages do better with script. Everything essential works without it.
import { $, $$, complainOf, isElsewhere, keyOf, sendUndecided } from "./dom.js";
import { doorOf } from "./grid.js";
import "./overlay.js";
import "./stars.js";
import "./strip.js";
import { standAlone } from "./picture.js";
import "./offline.js";

// --- Theme: the server keeps it in a cookie; here it only changes without a reload.
document.addEventListener("theme", (event) => {
  const theme = event.detail.theme;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $$("button[name=theme]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
});

// --- Messages of what went wrong; what went right comes from the server.
document.addEventListener("htmx:responseError", ({ detail }) => complainOf(detail.xhr.status, detail.xhr.responseText));
document.addEventListener("htmx:sendError", () => complainOf(0));

// A rating that did not arrive, or was refused, is not shown as if it had been taken.
const unsay = ({ detail }) => detail.elt.closest("form.stars")?.reset();
document.addEventListener("htmx:sendError", unsay);
document.addEventListener("htmx:afterRequest", (event) => event.detail.xhr.status >= 400 && unsay(event));

// Nor does the answer to a first thought take the place of a second one that waits to be sent.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt: form, formData } = detail.requestConfig;
  const chosen = form.matches("form.stars") && $("input[name=value]:checked", form)?.value;
  if (chosen && !formData.getAll("value").includes(chosen)) detail.shouldSwap = false;
});

// Nor is one lost that still waits when the page is left.
addEventListener("pagehide", sendUndecided);

// What was said about a picture that one has left since can be undone, too.
document.addEventListener("htmx:targetError", ({ detail }) => {
  const form = detail.elt;
  if (!form.closest("#toast")) return;
  window.htmx.ajax("POST", form.getAttribute("action"), {
    values: Object.fromEntries(new FormData(form)),
    target: "#toast",
    swap: "none",
  });
});

// Whoever takes something back from the message at the foot of the page goes on where they were. It stands after all else:
// a key leads to it.
const toast = $("#toast");
let before = null;
let place = null; // a card that is made anew meanwhile
toast.addEventListener("focusin", ({ relatedTarget }) => {
  if (toast.contains(relatedTarget)) return;
  before = relatedTarget;
  place = before?.closest(".card")?.id;
});
document.addEventListener("keydown", (event) => {
  const undo = keyOf(event) === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && $("[data-undo]", toast);
  if (!undo || isElsewhere(event)) return;
  event.preventDefault();
  undo.click();
});
document.addEventListener(
  "submit",
  ({ target }) => {
    if (!toast.contains(target)) return;
    const answered = new MutationObserver(() => {
      answered.disconnect();
      if (document.activeElement !== document.body) return;
      const there = before?.isConnected ? before : place && doorOf(document.getElementById(place) || document);
      there?.focus({ preventScroll: true });
    });
    answered.observe(toast, { childList: true });
  },
  true,
);

// --- Dialogs: the sheet of a card and the help.
document.addEventListener("htmx:afterSwap", (event) => {
  const sheet = $("#sheet");
  if (event.target.id === "sheet-body" && !sheet.open) sheet.showModal();
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  if (event.detail.successful && form.matches("form[method=post]") && form.closest("#sheet")) $("#sheet").close();
});
document.addEventListener("click", (event) => {
  if (event.target.matches("dialog[open]")) event.target.close(); // on the backdrop
  if (event.target.closest("[data-help]")) $("#help").showModal();
});

// --- On a phone the filters of a search are rows that scroll sideways: what is chosen is in sight.
for (const chosen of $$(".filters [aria-current]")) {
  const [inner, row] = [chosen, chosen.parentElement].map((part) => part.getBoundingClientRect());
  chosen.parentElement.scrollLeft += inner.left + inner.width / 2 - row.left - row.width / 2;
}

// --- The panels of a search close by Escape and by a click elsewhere.
const panels = () => $$(".search-tools details[open]");
document.addEventListener("click", (event) => {
  for (const panel of panels()) if (!panel.contains(event.target)) panel.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const panel of panels()) {
    panel.open = false;
    $("summary", panel).focus();
  }
});

if ($("main [data-picture]")) standAlone();
if ($("[data-rating-session]")) import("./rating-session.js");
if ($("[data-suggest]")) import("./suggest.js");
if ($("#selection") && $("main > ul.grid")) import("./select.js");

// A shared computer must not show the last person's pictures to the next one.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-forget]")) return;
  addEventListener("pagehide", () => sessionStorage.clear());
});

// --- Welcome: how many are chosen.
const welcome = $("[data-welcome]");
if (welcome) {
  const count = $("[data-count]", welcome);
  const tell = () => {
    const chosen = $$("input[name=image]:checked", welcome).length;
    count.textContent = count.dataset[chosen > 5 ? "many" : "count"].replace("#", chosen);
  };
  welcome.addEventListener("change", tell);
  tell();
}
