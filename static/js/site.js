// What the pages do better with script. Everything essential works without it.
import { $, $$, complain } from "./dom.js";
import "./grid.js";
import "./overlay.js";
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
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 400) complain(document.body.dataset[event.detail.xhr.status === 429 ? "busy" : "failed"]);
});
document.addEventListener("htmx:sendError", () => complain(document.body.dataset[navigator.onLine ? "failed" : "offline"]));

// A rating that did not arrive is not shown as if it had.
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => event.target.closest?.("form.stars")?.reset());
}

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
if ($("[data-sitting]")) import("./sitting.js");
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
    count.textContent = count.dataset.count.replace("#", $$("input[name=image]:checked", welcome).length);
  };
  welcome.addEventListener("change", tell);
  tell();
}
