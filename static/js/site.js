// Improvements of the pages by script. Everything essential works without it.
import { $, $$, complainOf, isElsewhere, keyOf, sendUndecided } from "./dom.js";
import { doorOf } from "./grid.js";
import "./overlay.js";
import "./stars.js";
import "./strip.js";
import { standAlone } from "./picture.js";
import "./offline.js";

// --- Theme: the server stores it in a cookie; the script only changes it without a reload.
document.addEventListener("theme", (event) => {
  const theme = event.detail.theme;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $$("button[name=theme]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
});

// --- Error messages; messages of success come from the server.
document.addEventListener("htmx:responseError", ({ detail }) => complainOf(detail.xhr.status, detail.xhr.responseText));
document.addEventListener("htmx:sendError", () => complainOf(0));

// A rating that did not arrive, or was refused, is no longer shown as saved.
const unsay = ({ detail }) => detail.elt.closest("form.stars")?.reset();
document.addEventListener("htmx:sendError", unsay);
document.addEventListener("htmx:afterRequest", (event) => event.detail.xhr.status >= 400 && unsay(event));

// The response to a rating does not replace a newer rating that waits to be sent.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt: form, formData } = detail.requestConfig;
  const chosen = form.matches("form.stars") && $("input[name=value]:checked", form)?.value;
  if (chosen && !formData.getAll("value").includes(chosen)) detail.shouldSwap = false;
});

// A waiting rating is sent when the user leaves the page.
addEventListener("pagehide", sendUndecided);

// An action on a picture that the user has left can be undone, too.
document.addEventListener("htmx:targetError", ({ detail }) => {
  const form = detail.elt;
  if (!form.closest("#toast")) return;
  window.htmx.ajax("POST", form.getAttribute("action"), {
    values: Object.fromEntries(new FormData(form)),
    target: "#toast",
    swap: "none",
  });
});

// After an undo in the message at the foot of the page, the focus returns to its former position. The message is the
// last element of the page; a key leads to it.
const toast = $("#toast");
let before = null;
let place = null; // a card that may be rendered again meanwhile
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

// --- On a phone the filters of a search are rows that scroll sideways: scrolls the chosen filter into view.
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

// A shared computer must not show a user's pictures to the next user.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-forget]")) return;
  addEventListener("pagehide", () => sessionStorage.clear());
});

// --- Welcome: the number of chosen pictures.
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
