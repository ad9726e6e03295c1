// The order of a collection by dragging, or by the arrows without a new page. Without script the arrows are buttons of a form.
const list = document.querySelector("[data-sortable]");

function tell(sentence) {
  const toast = document.createElement("div");
  toast.className = "toast";
  const text = document.createElement("p");
  text.textContent = sentence;
  toast.append(text);
  document.querySelector("#toast").replaceChildren(toast);
}

function save(item) {
  const items = [...list.children];
  const values = { image: items.map((one) => one.dataset.image) };
  window.htmx.ajax("POST", document.querySelector("#order").action, { values, swap: "none", source: list });
  tell(list.dataset.moved.replace("#", items.indexOf(item) + 1));
}

function onArrow(event) {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  const other = button.dataset.move === "1" ? item.nextElementSibling : item.previousElementSibling;
  if (!other) return;
  if (button.dataset.move === "1") other.after(item);
  else other.before(item);
  button.focus();
  save(item);
}

// Pointer events, not the browser's drag and drop: that one does not know fingers.
function onGrab(event) {
  const handle = event.target.closest(".handle");
  if (!handle || event.button) return;
  event.preventDefault();
  const item = handle.closest("li");
  let moved = false;
  handle.setPointerCapture(event.pointerId);
  item.classList.add("dragged");
  const follow = (move) => {
    const over = document.elementFromPoint(move.clientX, move.clientY)?.closest("[data-sortable] > li");
    if (!over || over === item) return;
    const box = over.getBoundingClientRect();
    if (move.clientY > box.top + box.height / 2) over.after(item);
    else over.before(item);
    moved = true;
  };
  const drop = () => {
    item.classList.remove("dragged");
    handle.removeEventListener("pointermove", follow);
    if (moved) save(item);
  };
  handle.addEventListener("pointermove", follow);
  handle.addEventListener("pointerup", drop, { once: true });
  handle.addEventListener("pointercancel", drop, { once: true });
}

if (list) {
  list.addEventListener("click", onArrow);
  list.addEventListener("pointerdown", onGrab);
}
