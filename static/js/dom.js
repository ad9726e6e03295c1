// Finding elements, and showing errors.
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
  const sheet = $("#sheet[open] #sheet-body"); // an open dialog hides the rest of the page
  if (!sheet) return $("#toast").replaceChildren(toast);
  toast.setAttribute("role", "alert");
  $(":scope > .toast", sheet)?.remove();
  sheet.prepend(toast);
}

// The message for a response that is not a success; 0 means no response.
export function complainOf(status, html = "") {
  const said = document.body.dataset;
  if (status === 400 || status === 503) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const sentence = $(".toast p", holder.content); // a proxy's own 503 page has no sentence
    if (sentence) return complain(sentence.textContent);
  }
  if (status === 403) return complain(said.old, said.reload, location.href);
  if (status === 404) return complain(said.missing);
  if (status === 429) return complain(said.busy);
  complain(said[navigator.onLine ? "failed" : "offline"]);
}

// Sends forms in the background, one after the other. Returns false if the server refused a form (with a message),
// and undefined if the response redirects.
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

// Keys control the page unless the user is typing, choosing in a list, or in a dialog.
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
// The Latin letter of the key if the keyboard writes another alphabet.
export const keyOf = (event) =>
  /^Key[A-Z]$/.test(event.code) && !/^[ -~]$/.test(event.key) ? event.code.at(-1).toLowerCase() : event.key;
export const isChoosing = (event) => event.key.startsWith("Arrow") && event.target.matches("input[type=radio]");

// As if the user had chosen that star.
export function chooseStar(form, value) {
  const star = $(`input[name=value][value="${value}"]`, form);
  star.checked = true;
  star.dispatchEvent(new Event("change", { bubbles: true }));
}
// Forms whose stars still wait a moment, so that the user can change the choice.
export const undecided = (within) =>
  $$("form.stars", within).filter((form) =>
    $$("[name=value]", form).some((star) => star.checked !== star.defaultChecked),
  );
// Before the user leaves a page. (With a service worker a beacon can get lost.)
export function sendUndecided() {
  for (const form of undecided(document)) {
    fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      keepalive: true,
      priority: "high",
    });
  }
}
