// Arrow keys move along the stars without rating: the rating is sent after a moment on one star, by Enter, or when the
// focus leaves. A click, the space bar, a number, and leaving the page (`sendUndecided`) send it at once.
import { $, isChoosing, undecided } from "./dom.js";

const SETTLED = 1000; // ms on one star
const walked = new Map(); // forms whose star was reached by an arrow, each with its timer
let walking = false; // an arrow is held down
const starsOf = (event) => event.target.closest?.("form.stars");

document.addEventListener(
  "keydown",
  (event) => {
    walking = isChoosing(event);
    if (event.key === " ") settle(starsOf(event)); // the star that has the focus
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
  if (!undecided(form.parentElement).includes(form) && !form.matches(".htmx-request")) return; // back at the first star
  $("input[name=value]:checked", form).dispatchEvent(new Event("change", { bubbles: true }));
}

// Before htmx gets the event.
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
  if (event.detail) setTimeout(settle, 0, starsOf(event)); // not by a key
});
document.addEventListener("focusout", (event) => {
  const form = starsOf(event);
  // Later, because the code that moves the form may send it.
  if (walked.has(form) && !form.contains(event.relatedTarget)) setTimeout(settle, 0, form);
});
