// One picture, on its own page or in the overlay: keys, zoom, and preloading of its neighbours.
import { $, chooseStar, isChoosing, isForThePage, keyOf, sendUndecided } from "./dom.js";
import * as list from "./list.js";
import { zoomable } from "./zoom.js";

let zoom = null;
const here = () => $("#overlay:not([hidden])") || $("main");
function step(which) {
  const link = $(`[data-${which}]:not([hidden])`, here());
  if (link && $("main [data-picture]")) sendUndecided(); // while the page is still there
  link?.click();
}
const press = (selector) => $(selector, here())?.click();

const KEYS = {
  f: () => press(".verdict .keep button"),
  h: () => press(".hide-panel :is([data-hide], [data-undo])"),
  w: () => press(".why summary"),
  "?": () => $("#help").showModal(),
  "+": () => zoom?.closer(),
  "-": () => zoom?.further(),
  ArrowLeft: () => step("previous"),
  ArrowRight: () => step("next"),
  Escape: () => press("[data-back]"),
};
KEYS["="] = KEYS["+"];
KEYS["0"] = KEYS.u = () => press('.verdict .stars button[value=""]');
for (const value of "12345") KEYS[value] = () => chooseStar($(".verdict .stars", here()), value);

document.addEventListener("keydown", (event) => {
  if (!$("[data-picture]", here()) || isChoosing(event) || !isForThePage(event) || !KEYS[keyOf(event)]) return;
  event.preventDefault();
  KEYS[keyOf(event)]();
});

// Connects the picture in the document with touch and wheel.
export function attend() {
  zoom = zoomable($("[data-zoom]", here()), (way) => step(way > 0 ? "next" : "previous"));
}

// Shows the arrows that have a target.
export function offer(path, pictures) {
  const [before, after] = list.neighbours(path, pictures);
  for (const [link, href] of [
    [$("[data-previous]", here()), before],
    [$("[data-next]", here()), after],
  ]) {
    link.hidden = !href;
    if (href) link.href = href;
  }
}

// On its own page the list is the one that was stored when the picture was opened.
export function standAlone() {
  offer(location.pathname, list.pictures());
  if ($(":is([data-previous], [data-next]):not([hidden])", here())) $("[data-back]", here()).href = list.back();
  attend();
}
