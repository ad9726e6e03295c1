// The search box as a combobox: arrows move through the suggestions, Enter opens one, Escape closes the list.
const form = document.querySelector("[data-suggest]");
const input = form.querySelector("[role=combobox]");
const list = form.querySelector("[role=listbox]");
let typed = input.value;

const options = () => [...list.querySelectorAll("[role=option]")];

function show(visible) {
  list.hidden = !visible;
  input.setAttribute("aria-expanded", String(visible));
  if (!visible) select(-1);
}

function select(place) {
  options().forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
  const chosen = options()[place];
  if (chosen) {
    input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
  input.value = chosen ? chosen.dataset.text : typed;
}

const selected = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

list.addEventListener("htmx:afterSwap", () => show(options().length > 0 && document.activeElement === input));
input.addEventListener("input", () => {
  typed = input.value;
  if (!typed.trim()) show(false);
});
input.addEventListener("keydown", (event) => {
  const count = options().length;
  if (event.isComposing || !count) return; // a Hangul syllable that is still being composed
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) show(true);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = selected() + step;
    select(next >= count ? -1 : next < -1 ? count - 1 : next);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    event.stopPropagation();
    show(false);
  } else if (event.key === "Enter" && selected() >= 0) {
    event.preventDefault();
    options()[selected()].click();
  }
});
input.addEventListener("focus", () => show(options().length > 0 && input.value.trim() !== ""));
form.addEventListener("focusout", (event) => {
  if (!form.contains(event.relatedTarget)) show(false);
});
list.addEventListener("pointerdown", (event) => event.preventDefault()); // else the focus is lost before the click
