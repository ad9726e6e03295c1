// Zoom: wheel, pinch, double tap, + and -. A drag moves a picture that is larger than its frame; otherwise it swipes
// to the next picture.
import { $$ } from "./dom.js";

const MOST = 6;
const STEP = 1.6;
const DOUBLE = 300;
const SWIPE = 60;

export function zoomable(frame, onSwipe) {
  const moved = $$("img", frame);
  const fingers = new Map();
  let [scale, x, y, spread, lastTap] = [1, 0, 0, 0, 0];
  let start = null;

  function paint() {
    const room = frame.getBoundingClientRect();
    const [farX, farY] = [(room.width * (scale - 1)) / 2, (room.height * (scale - 1)) / 2];
    x = Math.min(Math.max(x, -farX), farX);
    y = Math.min(Math.max(y, -farY), farY);
    for (const image of moved) image.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    frame.classList.toggle("zoomed", scale > 1);
  }
  // Keeps the point under the pointer at its position.
  function zoomTo(wanted, at) {
    const room = frame.getBoundingClientRect();
    const next = Math.min(Math.max(wanted, 1), MOST);
    const [dx, dy] = at ? [at.clientX - room.left - room.width / 2, at.clientY - room.top - room.height / 2] : [0, 0];
    [x, y] = [dx - ((dx - x) * next) / scale, dy - ((dy - y) * next) / scale];
    scale = next;
    paint();
    if (scale > 1) sharpen(room.width * scale);
  }
  function sharpen(width) {
    for (const part of $$("picture > *", frame)) part.sizes = `${Math.round(width)}px`;
  }
  const distance = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };

  frame.addEventListener(
    "wheel",
    (event) => {
      // The wheel scrolls the page, unless the picture is already enlarged.
      const scrolled = (frame.closest(".overlay") || document.scrollingElement).scrollTop > 0;
      if (scale === 1 && !event.ctrlKey && (event.deltaY > 0 || scrolled)) return;
      event.preventDefault();
      zoomTo(scale * Math.exp(-event.deltaY / 300), event);
    },
    { passive: false },
  );
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) spread = distance() / scale;
    start = fingers.size === 1 ? { x: event.clientX, y: event.clientY, fromX: x, fromY: y, far: false } : null;
    if (scale > 1) frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) return zoomTo(distance() / spread, event);
    if (!start) return;
    const [across, down] = [event.clientX - start.x, event.clientY - start.y];
    start.far ||= Math.hypot(across, down) > 10;
    if (scale > 1) {
      [x, y] = [start.fromX + across, start.fromY + down];
      paint();
    }
  });
  const end = (event) => {
    const swipe = start && scale === 1 && event.type === "pointerup" && event.pointerType === "touch";
    const [across, down] = start ? [event.clientX - start.x, event.clientY - start.y] : [0, 0];
    if (swipe && Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) onSwipe(across < 0 ? 1 : -1);
    else if (event.type === "pointerup" && start && !start.far) tap(event);
    fingers.delete(event.pointerId);
    start = null;
  };
  function tap(event) {
    const twice = event.timeStamp - lastTap < DOUBLE;
    lastTap = twice ? 0 : event.timeStamp;
    if (twice) zoomTo(scale > 1 ? 1 : 2.5, event);
  }
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
  new ResizeObserver(() => scale > 1 && paint()).observe(frame); // the phone was rotated
  return { closer: () => zoomTo(scale * STEP), further: () => zoomTo(scale / STEP) };
}
