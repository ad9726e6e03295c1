// Sorting a collection by dragging, or by the arrows without a new page. Without script the arrows are form buttons.
import { $, sendInTurn } from "./dom.js";

const EDGE = 80; // px from the window's edge at which a drag scrolls
const SPEED = 12; // px per frame
const list = $("[data-sortable]");

function tell(sentence) {
  const toast = document.createElement("div");
  toast.className = "toast";
  const text = document.createElement("p");
  text.textContent = sentence;
  toast.append(text);
  $("#toast").replaceChildren(toast);
}

// If the server did not save the order, the previous one is shown again.
function save(item, before) {
  const form = $("#order");
  const items = [...list.children];
  const data = new FormData(form);
  for (const one of items) data.append("image", one.dataset.image);
  sendInTurn(form, data).then((taken) => {
    if (taken) tell(list.dataset.moved.replace("#", items.indexOf(item) + 1));
    else if (taken === false) list.replaceChildren(...before);
  });
}

function onArrow(event) {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  const before = [...list.children];
  const other = button.dataset.move === "1" ? item.nextElementSibling : item.previousElementSibling;
  if (!other) return;
  if (button.dataset.move === "1") other.after(item);
  else other.before(item);
  button.focus();
  save(item, before);
}

// Pointer events, not the browser's drag and drop, which does not support touch. The document listens to them: an item
// that is moved in the document loses its pointer capture.
function onGrab(event) {
  const item = event.target.closest(".handle")?.closest("li");
  if (!item || event.button) return;
  event.preventDefault();
  const before = [...list.children];
  const until = new AbortController();
  const { signal } = until;
  let [x, y] = [event.clientX, event.clientY];
  item.classList.add("dragged");

  function place() {
    const over = document.elementFromPoint(x, y)?.closest("[data-sortable] > li");
    if (!over || over === item) return;
    const box = over.getBoundingClientRect();
    const below = y > box.top + box.height / 2;
    if ((below ? over.nextElementSibling : over.previousElementSibling) === item) return;
    if (below) over.after(item);
    else over.before(item);
  }
  function scroll() {
    if (signal.aborted) return;
    const way = Number(y > innerHeight - EDGE) - Number(y < EDGE);
    if (way) {
      scrollBy(0, way * SPEED);
      place();
    }
    requestAnimationFrame(scroll);
  }
  function drop() {
    until.abort();
    item.classList.remove("dragged");
    if ([...list.children].some((one, at) => one !== before[at])) save(item, before);
  }
  const follow = (move) => {
    [x, y] = [move.clientX, move.clientY];
    place();
  };
  document.addEventListener("pointermove", follow, { signal });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, drop, { signal });
  scroll();
}

if (list) {
  list.addEventListener("click", onArrow);
  list.addEventListener("pointerdown", onGrab);
}
