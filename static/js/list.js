// The list from which a picture was opened: for the arrows, for the way back, and after a reload.
import { $$ } from "./dom.js";

// A hidden picture keeps its position.
const hrefs = (list) => $$(".card-link, .gone", list).map((card) => card.getAttribute("href") || card.dataset.href);
const kept = () => JSON.parse(sessionStorage.getItem("list") || "{}");

export function remember(list) {
  // Similar pictures do not replace the list: the way back still leads to it.
  const aside = list.dataset.list === "similar" && kept().back;
  const back = aside ? kept().back : location.pathname + location.search;
  keep(back, hrefs(list));
}
export function keep(back, pictures) {
  sessionStorage.setItem("list", JSON.stringify({ back, pictures }));
}
export const back = () => kept().back;
export const pictures = () => kept().pictures || [];

// The addresses before and after `path` in `all`; undefined at an end of the list, or if `path` is not in it.
export function neighbours(path, all) {
  const here = all.findIndex((href) => href.split("?")[0] === path);
  return here < 0 ? [] : [all[here - 1], all[here + 1], all.length - 1 - here];
}
export { hrefs };
