// The service worker. FILES, OFFLINE and SIGN_OUT come from /sw.js.
"use strict";

const FILES_KEPT = `files ${FILES.join()}`;
const PICTURES = "pictures";
const PAGES = "pages";
const MOST = { [PICTURES]: 600, [PAGES]: 120, [FILES_KEPT]: 100 };
// Pages that may be stored until the user signs out; other pages are never stored.
const KEPT = /^\/($|for-you\/|search\/|genre\/|favourites\/|collections\/|taste\/$|i\/\w+\/(similar\/)?$)/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(FILES_KEPT);
      await cache.addAll(FILES);
      await cache.put(OFFLINE, await fetch(OFFLINE, { credentials: "omit" })); // the same for all visitors
      await self.skipWaiting();
    })(),
  );
});
self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("files") && name !== FILES_KEPT);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

async function keep(name, request, answer) {
  const cache = await caches.open(name);
  await cache.put(request, answer);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST[name])).map((key) => cache.delete(key)));
}

async function keptFirst(event, name) {
  const kept = await caches.match(event.request);
  if (kept) return kept;
  const answer = await fetch(event.request);
  // A picture that is not public says so in its headers, and is not stored.
  const forAll = !/no-store|private/.test(answer.headers.get("Cache-Control") || "");
  if (answer.status === 200 && forAll) event.waitUntil(keep(name, event.request, answer.clone()).catch(() => {}));
  return answer;
}
// A page with a message about an action is not stored: the message would appear again.
async function keepPage(request, answer) {
  const copy = answer.clone();
  if (!(await answer.text()).includes('class="messages"')) await keep(PAGES, request, copy);
}
async function freshFirst(event, mayKeep) {
  try {
    const answer = await fetch(event.request);
    const plain = answer.status === 200 && !answer.redirected;
    if (mayKeep && plain) event.waitUntil(keepPage(event.request, answer.clone()).catch(() => {}));
    return answer;
  } catch (error) {
    const kept = await caches.match(event.request);
    if (kept) return kept;
    if (event.request.mode === "navigate") return caches.match(OFFLINE);
    throw error;
  }
}
async function signOut(request) {
  await caches.delete(PAGES);
  return fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { method, mode, url, headers } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin) return;
  if (method === "POST" && pathname === SIGN_OUT) return event.respondWith(signOut(event.request));
  if (method !== "GET") return;
  if (pathname.startsWith("/static/")) return event.respondWith(keptFirst(event, FILES_KEPT));
  if (pathname.startsWith("/media/")) return event.respondWith(keptFirst(event, PICTURES));
  const page = mode === "navigate" || headers.has("HX-Request");
  if (page) event.respondWith(freshFirst(event, KEPT.test(pathname)));
});
