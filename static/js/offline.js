// An app that opens without a connection: the service worker stores visited pages.
import { complain } from "./dom.js";

const said = document.body.dataset;

// After another user has signed in, or no user is signed in: first delete the pages stored for the previous user.
async function forgetOthers() {
  if (said.person === undefined) return; // a page that is stored for all visitors
  if ((localStorage.getItem("person") ?? "") === said.person) return;
  for (const name of await caches.keys()) if (name.startsWith("pages")) await caches.delete(name);
  localStorage.setItem("person", said.person);
}
if ("serviceWorker" in navigator && said.worker) {
  forgetOthers()
    .then(() => navigator.serviceWorker.register(said.worker))
    .catch(() => {}); // private windows may refuse storage
}
addEventListener("offline", () => {
  document.documentElement.classList.add("offline");
  complain(said.offline);
});
addEventListener("online", () => document.documentElement.classList.remove("offline"));
