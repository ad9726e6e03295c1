// Finding things, and saying what went wrong.
export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

export function complain(sentence, label, href) {
  const toast = document.createElement("div");
  toast.className = "toast wrong";
  const text = document.createElement("p");
  text.textContent = sentence;
  toast.append(text);
  if (href) {
    const way = document.createElement("a");
    way.className = "link";
    way.href = href;
    way.textContent = label;
    toast.append(way);
  }
  const sheet = $("#sheet[open] #sheet-body"); // what stands below an open dialog is not seen
  if (!sheet) return $("#toast").replaceChildren(toast);
  toast.setAttribute("role", "alert");
  $(":scope > .toast", sheet)?.remove();
  sheet.prepend(toast);
}

// Keys are for the page unless somebody is writing, choosing, or in a dialog above it.
export const isElsewhere = (event) =>
  event.target.closest("input:not([type=radio]), textarea, select, dialog[open], [popover]:popover-open");
export function isForThePage(event) {
  return !(isElsewhere(event) || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented);
}
export const isChoosing = (event) => event.key.startsWith("Arrow") && event.target.matches("input[type=radio]");

// As if the person had chosen that star.
export function chooseStar(form, value) {
  const star = $(`input[name=value][value="${value}"]`, form);
  star.checked = true;
  star.dispatchEvent(new Event("change", { bubbles: true }));
}
