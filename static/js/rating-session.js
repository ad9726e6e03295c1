// Rate mode: one picture after another. Ratings are sent in the background, in order; the next picture appears at once.
import { $, $$, isForThePage, keyOf, sendInTurn } from "./dom.js";

const session = $("[data-rating-session]");
const turns = $$(".turn", session);
const length = Number($("[role=progressbar]", session).getAttribute("aria-valuemax"));
let answered = []; // [index, rating] of the turns that are done (null: skipped)
let current = 0;
let sending = Promise.resolve();
let failed = false; // since the user last tried to leave

function send(turn, value) {
  const form = $("form", turn);
  const data = new FormData(form);
  data.set("value", value);
  sending = sendInTurn(form, data).then((taken) => {
    if (taken !== false) return;
    failed = true;
    if (!value) return;
    const index = turns.indexOf(turn);
    answered = answered.filter(([other]) => other !== index);
    goTo(Math.min(current, index)); // it is not rated, so it is shown again, after earlier ones that failed
  });
}

function goTo(index) {
  current = index;
  turns.forEach((turn, other) => {
    turn.hidden = other !== current;
  });
  const turn = turns[current];
  const done = Number(turn.dataset.place);
  $("[data-count] b", session).textContent = done + 1;
  $(".gone-by", session).setAttribute("width", done);
  $("[role=progressbar]", session).setAttribute("aria-valuenow", done);
  $("[data-undo]", turn).disabled = !answered.length;
  ahead();
}
function ahead() {
  for (const turn of turns.slice(current + 1, current + 3)) $("picture img", turn).loading = "eager";
}
function tell(sentence) {
  $("[data-status]", session).textContent = `${sentence} ${turns[current] ? $("h1", turns[current]).textContent : ""}`;
}

function leave(value) {
  const turn = turns[current];
  answered.push([current, value]);
  if (value) send(turn, value);
  if (current + 1 === turns.length) return finish();
  goTo(current + 1);
  tell(value ? session.dataset.rated.replace("#", value) : session.dataset.skipped);
}
function undo() {
  if (!answered.length) return;
  const [index, value] = answered.pop();
  if (value) send(turns[index], "");
  goTo(index);
  tell(session.dataset.undone);
}
async function finish() {
  $(".gone-by", session).setAttribute("width", length);
  failed = false;
  await sending;
  if (!failed) location.assign(session.dataset.done);
}

session.addEventListener("submit", (event) => {
  event.preventDefault();
  leave(event.submitter.value);
});
session.addEventListener("click", (event) => {
  if (event.target.closest("[data-undo]")) return undo();
  const action = event.target.closest("[data-skip]")
    ? () => leave(null)
    : event.target.closest("[data-finish]") && finish;
  if (!action) return;
  event.preventDefault();
  action();
});

const KEYS = {
  " ": () => leave(null),
  ArrowRight: () => leave(null),
  ArrowLeft: undo,
  u: undo,
  Backspace: undo,
  Escape: finish,
};
for (const value of "12345") KEYS[value] = () => leave(value);
document.addEventListener("keydown", (event) => {
  const onButton = event.key === " " && event.target.closest("button, a");
  if (onButton || !isForThePage(event) || !KEYS[keyOf(event)]) return;
  event.preventDefault();
  KEYS[keyOf(event)]();
});
ahead();
