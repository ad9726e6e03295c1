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

// What an answer that is no success says to who asked; 0 is no answer.
export function complainOf(status, html = "") {
  const said = document.body.dataset;
  if (status === 400 || status === 503) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const sentence = $(".toast p", holder.content); // a proxy's own 503 has none
    if (sentence) return complain(sentence.textContent);
  }
  if (status === 403) return complain(said.old, said.reload, location.href);
  if (status === 404) return complain(said.missing);
  if (status === 429) return complain(said.busy);
  complain(said[navigator.onLine ? "failed" : "offline"]);
}

// Sends forms behind the scenes, each when the one before it was answered. False when it was not taken, which is said;
// nothing when the page leads elsewhere.
let sending = Promise.resolve();
export function sendInTurn(form, body) {
  const post = () => fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
  sending = sending
    .then(post)
    .catch(() => null)
    .then(async (answer) => {
      if (answer?.headers.has("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect"));
      if (answer?.ok) return true;
      complainOf(answer ? answer.status : 0, answer ? await answer.text() : "");
      return false;
    });
  return sending;
}

// Keys are for the page unless somebody is writing, choosing, or in a dialog above it.
export const isElsewhere = (event) =>
  event.target.closest("input:not([type=radio]), textarea, select, dialog[open]") || $("[popover]:popover-open");
export function isForThePage(event) {
  return !(
    isElsewhere(event) ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.repeat ||
    event.defaultPrevented
  );
}
// The letter on the key where the keyboard writes another alphabet.
export const keyOf = (event) =>
  /^Key[A-Z]$/.test(event.code) && !/^[ -~]$/.test(event.key) ? event.code.at(-1).toLowerCase() : event.key;
export const isChoosing = (event) => event.key.startsWith("Arrow") && event.target.matches("input[type=radio]");

// As if the person had chosen that star.
export function chooseStar(form, value) {
  const star = $(`input[name=value][value="${value}"]`, form);
  star.checked = true;
  star.dispatchEvent(new Event("change", { bubbles: true }));
}
// Stars wait a moment for a second thought: the forms that still do.
export const undecided = (within) =>
  $$("form.stars", within).filter((form) =>
    $$("[name=value]", form).some((star) => star.checked !== star.defaultChecked),
  );
// Before a page is left. (A beacon gets lost where a service worker looks after the page.)
export function sendUndecided() {
  for (const form of undecided(document)) {
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, priority: "high" });
  }
}
