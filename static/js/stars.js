// Walking along the stars by arrows is making up one's mind: what counts is where one stops, for a moment, by Enter or by
// going elsewhere. A click, the space bar and a number say it at once, as does a page that is left (`sendUndecided`).
import { $, isChoosing, undecided } from "./dom.js";

const SETTLED = 1000; // ms on one star
const walked = new Map(); // forms whose star was reached by an arrow, each with its timer
let walking = false; // an arrow is held down
const starsOf = (event) => event.target.closest?.("form.stars");

document.addEventListener(
  "keydown",
  (event) => {
    walking = isChoosing(event);
    if (event.key === " ") settle(starsOf(event)); // the star that one stands on already
  },
  true,
);
for (const other of ["keyup", "pointerdown"])
  document.addEventListener(
    other,
    () => {
      walking = false;
    },
    true,
  );

function stand(form) {
  clearTimeout(walked.get(form));
  return walked.delete(form);
}
function settle(form) {
  if (!stand(form) || !form.isConnected) return;
  if (!undecided(form.parentElement).includes(form) && !form.matches(".htmx-request")) return; // back where one began
  $("input[name=value]:checked", form).dispatchEvent(new Event("change", { bubbles: true }));
}

// Before htmx hears of it.
document.addEventListener(
  "change",
  (event) => {
    const form = starsOf(event);
    if (!form) return;
    stand(form);
    if (!walking || !event.isTrusted) return;
    event.stopPropagation();
    walked.set(form, setTimeout(settle, SETTLED, form));
  },
  true,
);
document.addEventListener("submit", (event) => stand(event.target), true);
document.addEventListener("click", (event) => {
  if (event.detail) setTimeout(settle, 0, starsOf(event)); // no key made it
});
document.addEventListener("focusout", (event) => {
  const form = starsOf(event);
  // A moment later: whoever moves the form out of the way may send it.
  if (walked.has(form) && !form.contains(event.relatedTarget)) setTimeout(settle, 0, form);
});
