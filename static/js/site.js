// What the pages do better with script. Everything essential works without it.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// --- Theme: the server keeps it in a cookie; here it only changes without a reload.
document.addEventListener("theme", (event) => {
  const theme = event.detail.theme;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $$("button[name=theme]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
});

// --- Messages of what went wrong; what went right comes from the server.
function complain(sentence) {
  const toast = document.createElement("div");
  toast.className = "toast wrong";
  const text = document.createElement("p");
  text.textContent = sentence;
  toast.append(text);
  $("#toast").replaceChildren(toast);
}
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 400) complain(document.body.dataset[event.detail.xhr.status === 429 ? "busy" : "failed"]);
});
document.addEventListener("htmx:sendError", () => complain(document.body.dataset.failed));

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
  const link = event.target.closest(".card-link");
  if (link) rememberList(link);
});

// --- The list one came from, for the arrows on a picture's page.
function rememberList(link) {
  const list = link.closest("ul");
  if (!list) return;
  const pictures = $$(".card-link", list).map((card) => card.getAttribute("href"));
  // Similar pictures are a side step: the way back stays the list before.
  const before = JSON.parse(sessionStorage.getItem("list") || "{}");
  const back = list.dataset.list === "similar" && before.back ? before.back : location.pathname + location.search;
  sessionStorage.setItem("list", JSON.stringify({ back, pictures }));
}
function offerNeighbours() {
  const { back, pictures } = JSON.parse(sessionStorage.getItem("list") || "{}");
  const places = (pictures || []).map((href) => href.split("?")[0]);
  const here = places.indexOf(location.pathname);
  if (here < 0) return;
  $("[data-back]").href = back;
  for (const [link, href] of [[$("[data-previous]"), pictures[here - 1]], [$("[data-next]"), pictures[here + 1]]]) {
    if (!href) continue;
    link.href = href;
    link.hidden = false;
  }
}

// --- One picture: keys and swipes.
function rateWith(key) {
  const star = $(`.verdict input[name=value][value="${key}"]`);
  star.checked = true;
  star.dispatchEvent(new Event("change", { bubbles: true }));
}
const KEYS = {
  f: () => $(".verdict .keep button").click(),
  h: () => $("#hide-panel [data-hide], #hide-panel [data-undo]").click(),
  "?": () => $("#help").showModal(),
  ArrowLeft: () => !$("[data-previous]").hidden && $("[data-previous]").click(),
  ArrowRight: () => !$("[data-next]").hidden && $("[data-next]").click(),
  Escape: () => $("[data-back]").click(),
};
KEYS["0"] = KEYS.u = () => $('.verdict .stars button[value=""]')?.click();
for (const key of "12345") KEYS[key] = () => rateWith(key);

function onKey(event) {
  const typing = event.target.closest("input:not([type=radio]), textarea, select, dialog[open], [popover]:popover-open");
  const choosing = event.key.startsWith("Arrow") && event.target.matches("input[type=radio]");
  if (typing || choosing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
}
function onSwipe(stage) {
  let start = null;
  stage.addEventListener("touchstart", (event) => {
    start = event.touches.length === 1 && (window.visualViewport?.scale ?? 1) === 1 ? event.touches[0] : null;
  }, { passive: true });
  stage.addEventListener("touchend", (event) => {
    if (!start) return;
    const end = event.changedTouches[0];
    const [across, down] = [end.clientX - start.clientX, end.clientY - start.clientY];
    if (Math.abs(across) > 60 && Math.abs(across) > 2 * Math.abs(down)) KEYS[across < 0 ? "ArrowRight" : "ArrowLeft"]();
  }, { passive: true });
}
if ($("[data-picture]")) {
  offerNeighbours();
  document.addEventListener("keydown", onKey);
  onSwipe($(".stage"));
}

// --- Endless grids and the back button: what was loaded is put back where the person left it.
const grid = $("ul.grid[data-list]:not([data-list=similar])");
const place = `grid ${location.pathname}${location.search}`;
if (grid) {
  const entry = performance.getEntriesByType("navigation")[0];
  const kept = entry?.type === "back_forward" && JSON.parse(sessionStorage.getItem(place) || "null");
  if (kept) {
    history.scrollRestoration = "manual";
    grid.innerHTML = kept.cards;
    htmx.process(grid);
    scrollTo(0, kept.top);
  }
  addEventListener("pagehide", () => {
    try {
      sessionStorage.setItem(place, JSON.stringify({ cards: grid.innerHTML, top: scrollY }));
    } catch {
      sessionStorage.removeItem(place); // full: the page then begins at its top
    }
  });
}
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
