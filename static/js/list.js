// The list a picture was opened from: for the arrows, for the way back, and for a page that is loaded again.
import { $$ } from "./dom.js";

// A hidden picture keeps its place.
const hrefs = (list) => $$(".card-link, .gone", list).map((card) => card.getAttribute("href") || card.dataset.href);
const kept = () => JSON.parse(sessionStorage.getItem("list") || "{}");

export function remember(list) {
  // Similar pictures are a side step: the way back stays the list before.
  const aside = list.dataset.list === "similar" && kept().back;
  const back = aside ? kept().back : location.pathname + location.search;
  keep(back, hrefs(list));
}
export function keep(back, pictures) {
  sessionStorage.setItem("list", JSON.stringify({ back, pictures }));
}
export const back = () => kept().back;
export const pictures = () => kept().pictures || [];

// The addresses before and after `path` among `all`; nothing where the list ends or does not hold it.
export function neighbours(path, all) {
  const here = all.findIndex((href) => href.split("?")[0] === path);
  return here < 0 ? [] : [all[here - 1], all[here + 1], all.length - 1 - here];
}
export { hrefs };
