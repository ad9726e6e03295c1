// Grids: moving by keys, and restoring a grid as the user left it.
import { $, $$, chooseStar, isChoosing, isForThePage, keyOf } from "./dom.js";

// --- Keys for the focused card.
const cardIn = (event) => event.target.closest("ul.grid > .card");
export const doorOf = (card) => $(".card-link, .gone button", card);
const middle = (card) => {
  const box = card.getBoundingClientRect();
  return [box.left + box.width / 2, box.top];
};

export function beside(card, way) {
  const all = $$(":scope > .card", card.parentElement);
  return all[all.indexOf(card) + way];
}
// The nearest card in the row above or below.
export function across(card, way) {
  const [x, y] = middle(card);
  const others = $$(":scope > .card", card.parentElement).map((other) => [other, ...middle(other)]);
  const rows = others.filter(([, , top]) => way * (top - y) > 4);
  const nearest = Math.min(...rows.map(([, , top]) => way * (top - y)));
  const row = rows.filter(([, , top]) => way * (top - y) < nearest + 4);
  return row.sort((a, b) => Math.abs(a[1] - x) - Math.abs(b[1] - x))[0]?.[0];
}
export function walk(card) {
  if (!card) return;
  doorOf(card).focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}
const KEYS = {
  ArrowLeft: (card) => walk(beside(card, -1)),
  ArrowRight: (card) => walk(beside(card, 1)),
  ArrowUp: (card) => walk(across(card, -1)),
  ArrowDown: (card) => walk(across(card, 1)),
  f: (card) => $(".keep button", card)?.click(),
  h: (card) => $("[data-hide], [data-undo]", card)?.click(),
  w: (card) => $("[data-why]", card)?.click(),
};
KEYS["0"] = KEYS.u = (card) => $('.stars button[value=""]', card)?.click();
for (const value of "12345") KEYS[value] = (card) => $(".stars", card) && chooseStar($(".stars", card), value);

document.addEventListener("keydown", (event) => {
  if (isChoosing(event) || !isForThePage(event) || $("[data-picture]") || $("[data-rating-session]")) return;
  if (event.key === "?") return $("#help").showModal();
  const card = cardIn(event);
  if (card && KEYS[keyOf(event)]) {
    event.preventDefault();
    KEYS[keyOf(event)](card);
  } else if (event.key === "ArrowRight" && event.target === document.body) {
    walk($$("ul.grid > .card").find((each) => each.getBoundingClientRect().top >= 0));
  }
});
// A focused card that is hidden keeps the focus, on its undo button. A card whose rating is undone gets it back,
// and so does a star, which is only visible while its card contains the focus.
let star = null;
document.addEventListener("htmx:beforeSwap", () => {
  if (document.activeElement.matches(".card .stars input")) star = document.activeElement.id;
});
document.addEventListener("htmx:afterSettle", (event) => {
  const chosen = star && document.getElementById(star);
  const changed = event.target === event.detail.target && event.target.closest?.("ul.grid > .card"); // no next page
  const card = chosen?.closest(".card") || changed;
  star = null;
  if (!card || document.activeElement !== document.body) return;
  doorOf(card)?.focus({ preventScroll: true });
  chosen?.focus({ preventScroll: true });
});

// --- No jumps: the last row is incomplete until the next page has come, so it stays invisible until then, unless it
// contains the focus: an invisible card cannot have it.
function holdBack() {
  for (const grid of $$("main > ul.grid:has(> .more)")) {
    const cards = $$(":scope > .card", grid);
    const end = $(":scope > .more:not(.failed)", grid) && cards.at(-1).offsetTop;
    const row = cards.filter((card) => card.offsetTop === end && end > cards[0].offsetTop);
    const waits = !row.some((card) => card.contains(document.activeElement));
    for (const card of cards) card.classList.toggle("later", waits && row.includes(card));
  }
  for (const card of $$("main > ul.grid:not(:has(> .more)) > .later")) card.classList.remove("later");
}
addEventListener("resize", holdBack);
document.addEventListener("htmx:afterSettle", holdBack);

// --- Errors when loading the next page.
document.addEventListener("htmx:beforeRequest", (event) => event.target.closest?.(".more")?.classList.remove("failed"));
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    event.target.closest?.(".more")?.classList.add("failed");
    holdBack();
  });
}

// --- The back button: restores the loaded pages and the scroll position.
const grid = $("main > ul.grid[data-list]:not([data-list=similar])");
const place = `grid ${location.pathname}${location.search}`;
if (grid) {
  const entry = performance.getEntriesByType("navigation")[0];
  const returned = entry?.type === "back_forward" || sessionStorage.getItem("returning");
  sessionStorage.removeItem("returning");
  const kept = returned && JSON.parse(sessionStorage.getItem(place) || "null");
  if (kept) {
    history.scrollRestoration = "manual";
    grid.innerHTML = kept.cards;
    htmx.process(grid);
    scrollTo(0, kept.top);
  }
  addEventListener("pagehide", () => {
    document.dispatchEvent(new Event("grid:keep")); // scripts remove what they added to cards
    try {
      const cards = grid.innerHTML.replaceAll(' style=""', ""); // left by an animation; the CSP would refuse it
      sessionStorage.setItem(place, JSON.stringify({ cards, top: scrollY }));
    } catch {
      sessionStorage.removeItem(place); // storage is full: the page then starts at its top
    }
  });
}
holdBack();
