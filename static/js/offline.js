// An app that opens without a connection: the service worker keeps what was seen.
import { complain } from "./dom.js";

const said = document.body.dataset;

// Another person, or nobody: what the one before saw is forgotten before anything else.
async function forgetOthers() {
  if (said.person === undefined) return; // a page that is kept for everybody
  if ((localStorage.getItem("person") ?? "") === said.person) return;
  for (const name of await caches.keys()) if (name.startsWith("pages")) await caches.delete(name);
  localStorage.setItem("person", said.person);
}
if ("serviceWorker" in navigator && said.worker) {
  forgetOthers()
    .then(() => navigator.serviceWorker.register(said.worker))
    .catch(() => {}); // private windows may refuse
}
addEventListener("offline", () => {
  document.documentElement.classList.add("offline");
  complain(said.offline);
});
addEventListener("online", () => document.documentElement.classList.remove("offline"));
