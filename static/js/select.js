// Selecting several cards: by keys, by the checkbox of a card or by a long press; a bar has the actions for all.
import { $, $$, complain, complainOf, isElsewhere, isForThePage, keyOf } from "./dom.js";
import { across, beside, doorOf, walk } from "./grid.js";

const CARD = "main > ul.grid > .card[id]";
const LONG = 450; // ms of a press; the browser's own menu comes later
const STILL = 10; // px that a finger may move
const MOST = 200; // cards at once, the server's limit
const bar = $("#selection");
const words = bar.dataset;
const check = $("template", bar).content.firstElementChild;
const heart = $("[name=on]", bar);
const place = location.pathname + location.search;
const selected = new Set(); // public ids: they stay valid when cards are rendered again
let anchor, head, before; // of a range: its start, its end, and the selection before it

const idOf = (card) => card.id.slice("card-".length);
const cardOf = (id) => document.getElementById(`card-${id}`);
const cardAt = (event) => event.target.closest(CARD);
const isGone = (card) => Boolean($(":scope > .gone", card));
const choosable = (grid) => $$(":scope > .card[id]:not(.later)", grid).filter((card) => !isGone(card));
const isCovered = () => $("#overlay:not([hidden]), dialog[open], :popover-open, .search-tools details[open]");

// --- Display.
function outfit() {
  for (const card of $$(CARD)) {
    if (isGone(card) || $(":scope > .check", card)) continue;
    const own = check.cloneNode(true);
    own.setAttribute("aria-label", words.check.replace("#", $(".card-title", card).textContent));
    $(".card-link", card).after(own);
  }
}
function show() {
  for (const card of $$(CARD)) {
    if (isGone(card)) selected.delete(idOf(card));
    const chosen = selected.has(idOf(card));
    card.classList.toggle("selected", chosen);
    $(":scope > .check", card)?.setAttribute("aria-checked", String(chosen));
  }
  const sentence = words.chosen.replace("#", selected.size);
  for (const told of $$("[data-selected]")) told.textContent = sentence;
  if (selected.size) $("#selected").textContent = sentence;
  else if (!bar.hidden) $("#selected").textContent = words.none;
  const kept = [...selected].every((id) => cardOf(id) && $(".keep [aria-pressed=true]", cardOf(id)));
  heart.setAttribute("aria-pressed", String(kept));
  heart.value = kept ? "0" : "1";
  if (!selected.size && bar.contains(document.activeElement)) {
    doorOf((head && cardOf(idOf(head))) || $(CARD))?.focus({ preventScroll: true }); // the card may be a new element
  }
  bar.hidden = !selected.size;
  document.documentElement.classList.toggle("selecting", selected.size > 0);
}
function refresh() {
  outfit();
  show();
}

// --- Changing the selection.
function begin(card) {
  anchor = head = card;
  before = [...selected];
}
function toggle(card) {
  if (isGone(card)) return;
  const rest = [...selected].filter((id) => id !== idOf(card));
  anchor = head = card;
  replace(rest.length < selected.size ? rest : [...rest, idOf(card)]);
  before = [...selected];
}
function extend(card) {
  const all = $$(":scope > .card", card.parentElement);
  const [from, to] = [anchor, card].map((end) => all.indexOf(end)).sort((a, b) => a - b);
  const range = choosable(card.parentElement).filter((one) => all.indexOf(one) >= from && all.indexOf(one) <= to);
  replace([...before, ...range.map(idOf)]);
  head = card;
}
function replace(ids) {
  const all = new Set(ids);
  selected.clear();
  for (const id of [...all].slice(0, MOST)) selected.add(id);
  show();
  if (all.size > MOST) complain(words.most);
}
function step(card, next) {
  if (!next) return;
  if (head !== card || !anchor.isConnected) begin(card);
  walk(next);
  extend(next);
}

const press = (selector) => $(selector, bar).click();
const ARROWS = {
  ArrowLeft: (card) => beside(card, -1),
  ArrowRight: (card) => beside(card, 1),
  ArrowUp: (card) => across(card, -1),
  ArrowDown: (card) => across(card, 1),
};
const FOR_ALL = {
  Escape: () => replace([]),
  f: () => heart.click(),
  h: () => press("[data-hide]"),
  c: () => press("a"),
};
for (const key of ["Delete", "Backspace"]) FOR_ALL[key] = () => $("[data-take-out]", bar)?.click(); // keyboards differ
for (const value of "12345") FOR_ALL[value] = () => press(`[name=value][value="${value}"]`);

function answerOf(event) {
  const card = cardAt(event);
  const everything = keyOf(event) === "a" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (everything && selected.size && !isElsewhere(event)) {
    return () => replace([...selected, ...choosable(card?.parentElement || $("main > ul.grid")).map(idOf)]);
  }
  if (!isForThePage(event)) return null;
  if (card && event.shiftKey && ARROWS[event.key]) return () => step(card, ARROWS[event.key](card));
  if (card && keyOf(event) === "x") return () => toggle(card);
  return selected.size && FOR_ALL[keyOf(event)];
}
document.addEventListener(
  "keydown",
  (event) => {
    const answer = !isCovered() && answerOf(event);
    if (!answer) return;
    event.preventDefault();
    answer();
  },
  true,
);

// --- By pointer: the checkbox, a long press, and the card itself while cards are selected. Enter still opens a card.
let finger = null; // { card, x, y, timer }, and `long` after a long press
const lift = () => clearTimeout(finger?.timer);
document.addEventListener("pointerdown", (event) => {
  lift();
  const card = event.pointerType === "touch" && event.isPrimary && event.target.closest(".card-link") && cardAt(event);
  finger = card && { card, x: event.clientX, y: event.clientY };
  if (card) finger.timer = setTimeout(held, LONG);
});
function held() {
  finger.long = true;
  navigator.vibrate?.(10);
  toggle(finger.card);
}
document.addEventListener("pointermove", (event) => {
  if (finger && Math.hypot(event.clientX - finger.x, event.clientY - finger.y) > STILL) lift();
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, lift);
document.addEventListener("contextmenu", (event) => finger?.long && event.preventDefault());

document.addEventListener(
  "click",
  (event) => {
    const card = cardAt(event);
    const onLink =
      event.target.closest(".card-link") && event.detail && !(event.ctrlKey || event.metaKey || event.altKey);
    if (!card || !(event.target.closest(".check") || (onLink && (selected.size || finger?.long)))) return;
    event.preventDefault();
    event.stopPropagation();
    if (finger?.long) finger = null;
    else if (event.shiftKey && anchor?.isConnected) extend(card);
    else toggle(card);
  },
  true,
);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) replace([]);
  const row = event.target.closest("[data-select]");
  if (!row) return;
  $("#sheet").close();
  if (!selected.has(row.dataset.select)) toggle(cardOf(row.dataset.select));
});

// --- Actions for all selected cards: one request; elements of the response replace those with the same id.
const link = () => $(".card-link", cardOf([...selected][0]) || document)?.href || location.href;
function about(form, submitter) {
  const data = new FormData(form, submitter);
  if (data.has("images")) return data;
  const shown = $$(CARD)
    .map(idOf)
    .filter((id) => selected.has(id));
  data.set("images", [...new Set([...shown, ...selected])].join(" "));
  data.set("from", new URL(link()).searchParams.get("from") || "");
  return data;
}
function put(fresh) {
  const focused = document.activeElement.closest(CARD)?.id;
  // oxlint-disable-next-line unicorn/no-useless-spread -- elements are removed during the loop
  for (const part of [...fresh.children]) {
    if (part.id === "toast") $("#toast").replaceChildren(...part.children);
    else document.getElementById(part.id)?.replaceWith(part);
    window.htmx.process(part);
  }
  refresh();
  if (focused && document.activeElement === document.body) doorOf(document.getElementById(focused))?.focus();
}
async function send(form, submitter) {
  const address = submitter?.getAttribute("formaction") || form.action;
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  let answer;
  bar.setAttribute("aria-busy", "true"); // not inert: that would take the focus away
  try {
    answer = await fetch(address, { method: "POST", body: about(form, submitter), headers });
  } catch {
    return complainOf(0);
  } finally {
    bar.removeAttribute("aria-busy");
  }
  if (answer.status === 401) return complain(words.left, words.signIn, answer.headers.get("HX-Redirect"));
  const html = await answer.text();
  if (!answer.ok) return complainOf(answer.status, html);
  const holder = document.createElement("template");
  holder.innerHTML = html;
  $("#sheet").close();
  put(holder.content);
}
let waiting = null; // the last action that was chosen while another request is running
document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-selection]")) return;
  event.preventDefault();
  const isBar = bar.contains(event.target);
  if (isBar || !bar.hasAttribute("aria-busy")) waiting = [event.target, event.submitter];
  while (waiting && !bar.hasAttribute("aria-busy")) {
    const next = waiting;
    waiting = null;
    if (selected.size || !isBar) await send(...next);
  }
});

// --- Cards that are added or rendered again, and leaving the page. A selection survives a reload of its page, also if
// the user signs in again meanwhile; the grid stored for the back button does not contain it.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.closest?.("main")) refresh();
  const row = $("#sheet [data-select]");
  if (row) row.hidden = !cardOf(row.dataset.select)?.matches(CARD);
  if (event.target.id === "sheet-body") show();
});
document.addEventListener("grid:keep", () => {
  for (const own of $$(`${CARD} > .check`)) own.remove();
  for (const card of $$(`${CARD}.selected`)) card.classList.remove("selected");
});
addEventListener("pagehide", () => {
  sessionStorage.setItem("selection", JSON.stringify({ place, ids: [...selected] }));
});
addEventListener("pageshow", (event) => event.persisted && refresh());
const kept = JSON.parse(sessionStorage.getItem("selection") || "{}");
sessionStorage.removeItem("selection");
if (kept.place === place) for (const id of kept.ids) selected.add(id);
refresh();
