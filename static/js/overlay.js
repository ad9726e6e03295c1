// A picture above the grid: no page is loaded, the address is real, "back" closes it, and a reload opens the page.
import { $, $$, undecided } from "./dom.js";
import { doorOf } from "./grid.js";
import * as list from "./list.js";
import { attend, offer } from "./picture.js";

const overlay = $("#overlay");
const body = $("#overlay-body");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const AHEAD = 4; // number of remaining pictures at which the next page of the grid is requested
let turn = 0; // number of the last request: a picture that arrives later than a newer request is not shown
let below = null; // title of the page below
const alone = /^\/i\/\w+\/$/.test(location.pathname); // a picture's own page, or an error page at its address

const isOpen = () => !overlay.hidden;
const pathOf = (href) => href.split("?")[0];
// A picture may also be in a strip above the grid: a link with the same address and source comes first.
function cardOf(href) {
  const links = $$("main .card-link").filter((link) => pathOf(link.getAttribute("href")) === pathOf(href));
  return links.find((one) => one.getAttribute("href") === href) || links[0];
}
const gridOf = (state) => $(`main ul[data-list="${state.list}"]`);
const picturesOf = (state) => state.pictures || (gridOf(state) ? list.hrefs(gridOf(state)) : []);

// The picture of the card in its future size, so that there is no moment without a picture.
function preview(card) {
  const frame = document.createElement("div");
  const image = $("picture img", card);
  const width = Math.min(Math.max(Math.floor(image.getAttribute("width") / 100), 1), 20);
  frame.className = `frame w-${width} ${[...card.closest("li").classList].find((name) => /^r-\d/.test(name))}`;
  frame.append($(".placeholder", card).cloneNode());
  if (image.complete && image.currentSrc) frame.append(shownAlready(image));
  const [article, stage, about] = ["article", "div", "div"].map((name) => document.createElement(name));
  article.className = "picture-page";
  stage.className = "stage";
  about.className = "about waiting";
  stage.append(frame);
  article.append(stage, about);
  return article;
}
function shownAlready(image) {
  const copy = document.createElement("img");
  copy.src = image.currentSrc;
  copy.alt = "";
  copy.className = "placeholder";
  return copy;
}

async function fetched(href) {
  const answer = await fetch(href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
}

// Sends pending ratings of a picture that the user leaves: htmx drops elements that are no longer in the document.
const leaving = document.createElement("div");
leaving.hidden = true;
document.body.append(leaving);
leaving.addEventListener("htmx:afterSettle", (event) => event.target.remove());
function sayAll() {
  const waiting = undecided(body);
  for (const form of new Set([...waiting, ...$$("form.htmx-request", body)])) {
    leaving.append(form.closest(".hide-panel") || form);
    if (waiting.includes(form) && !form.matches(".htmx-request")) form.requestSubmit();
  }
}

async function show(href, state, link) {
  const mine = ++turn;
  sayAll();
  const card = link || cardOf(href) || $$(".card-link", body).find((one) => one.getAttribute("href") === href);
  const image = card && $("picture img", card);
  const known = image?.complete && image.currentSrc ? shownAlready(image) : null;
  const swap = () => {
    if (mine !== turn) return; // closed again at once
    if (card) body.replaceChildren(preview(card));
    unfold();
    overlay.scrollTop = 0;
  };
  await morph(isOpen() ? null : card, swap);
  if (mine !== turn) return;
  offer(pathOf(href), picturesOf(state));
  try {
    const html = await fetched(href);
    if (mine !== turn) return;
    body.innerHTML = html;
  } catch {
    if (mine === turn) location.assign(href); // the page itself shows the error
    return;
  }
  if (known) $(".stage .placeholder", body).after(known);
  htmx.process(body);
  document.title = $("[data-picture]", body).dataset.title;
  overlay.setAttribute("aria-label", $("h1", body).textContent);
  attend();
  lookAhead(state, href);
}

// An animation from the card to the overlay, if the browser supports it and the user allows motion.
async function morph(card, swap) {
  if (!card || !document.startViewTransition || calm.matches || document.hidden) return swap();
  const from = $("picture img", card);
  from.style.viewTransitionName = "picture";
  const moving = document.startViewTransition(() => {
    from.removeAttribute("style");
    swap();
    const frame = $(".frame", body);
    if (frame) frame.style.viewTransitionName = "picture";
  });
  moving.ready.catch(() => {}); // cancelled, for example when the phone is rotated: the new content is shown anyway
  await moving.updateCallbackDone;
}

function unfold() {
  if (isOpen()) return;
  below = document.title;
  overlay.hidden = false;
  document.documentElement.classList.add("covered");
  for (const part of $$("body > :is(header, main, nav, .skip, .selection)")) part.inert = true;
  overlay.focus({ preventScroll: true });
}

function fold() {
  turn += 1;
  if (!isOpen()) return;
  sayAll();
  const { id: seen, from } = $("[data-picture]", body)?.dataset || {};
  $("#sheet").close();
  overlay.hidden = true;
  body.replaceChildren();
  document.title = below;
  document.documentElement.classList.remove("covered");
  for (const part of $$("[inert]")) part.inert = false;
  history.scrollRestoration = "auto";
  const card = seen && (cardOf(`/i/${seen}/?from=${from}`)?.closest("li") || $(`[id="card-${seen}"]`));
  if (!card) return;
  card.classList.remove("later");
  doorOf(card).focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

// Preloads the neighbours' pictures, and the next page of the grid before its end is reached.
function lookAhead(state, href) {
  const [before, after, left] = list.neighbours(pathOf(href), picturesOf(state));
  for (const neighbour of [after, before]) {
    const link = neighbour && cardOf(neighbour);
    const source = link && $("source", link);
    if (!source) continue;
    const image = new Image();
    image.sizes = $("[data-zoom] source", body).sizes;
    image.srcset = source.srcset;
  }
  if (!state.pictures && left < AHEAD) $(".more a[hx-get]", gridOf(state))?.click();
}

function open(link) {
  const ul = link.closest("ul");
  const href = link.getAttribute("href");
  const state = { picture: href, list: ul.dataset.list };
  if (ul.closest("#overlay")) state.pictures = list.hrefs(ul);
  if (!isOpen()) list.remember(ul);
  history.scrollRestoration = "manual"; // the way back scrolls to the last picture
  history.pushState(state, "", href);
  show(href, state, link);
}

function stepTo(href) {
  const state = { ...history.state, picture: href };
  history.replaceState(state, "", href);
  list.keep(list.back(), picturesOf(state));
  show(href, state);
}

// Only plain clicks; a new tab stays a new tab, and a picture's own page opens its neighbours as pages.
const isPlain = (event) => !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

document.addEventListener("click", (event) => {
  const link = event.target.closest("ul[data-list] .card-link");
  if (link && isPlain(event)) {
    if ($("main [data-picture]")) return list.remember(link.closest("ul"));
    event.preventDefault();
    return open(link);
  }
  if (!isOpen() || !isPlain(event)) return;
  const step = event.target.closest("#overlay :is([data-previous], [data-next])");
  if (step) {
    event.preventDefault();
    stepTo(step.getAttribute("href"));
  } else if (
    event.target.closest("#overlay [data-back]") ||
    (event.target.matches(".overlay .stage") && event.detail < 2)
  ) {
    event.preventDefault();
    history.back();
  }
});

addEventListener("popstate", (event) => {
  if (alone) {
    // This page was loaded at the address of a former overlay: the previous entry of the history is another page.
    sessionStorage.setItem("returning", "1");
    return location.reload();
  }
  if (event.state?.picture) show(event.state.picture, event.state);
  else fold();
});

// Updates the card in the grid after an action in the overlay.
document.addEventListener("htmx:afterRequest", (event) => {
  const above = isOpen() || leaving.contains(event.target) || event.target === document.body; // or by an undo
  const said = above && event.detail.successful && event.detail.requestConfig.verb === "post";
  const id = said && event.detail.pathInfo.requestPath.match(/^\/i\/(\w+)\/(rate|favourite|hide|unhide)\//)?.[1];
  if (!id) return;
  // The card may also be in a strip.
  for (const card of $$(`[id="card-${id}"]`)) {
    if (card.contains(event.target)) continue;
    const source = new URL($(".card-link", card)?.href || location.href).searchParams.get("from") || "";
    htmx.ajax("GET", `/i/${id}/card/?from=${source}`, { target: card, swap: "innerHTML" });
  }
});

// More cards were loaded while the overlay is open: the last picture now has a next one.
document.addEventListener("htmx:afterSettle", () => {
  if (isOpen() && history.state?.picture) offer(pathOf(history.state.picture), picturesOf(history.state));
});
