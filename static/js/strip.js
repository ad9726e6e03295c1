// Strips that scroll sideways: buttons at the ends, for a mouse wheel that only scrolls vertically.
import { $, $$ } from "./dom.js";

function tell(frame) {
  const strip = $(".strip", frame);
  const [back, on] = $$("[data-strip]", frame);
  back.hidden = strip.scrollLeft < 1;
  on.hidden = strip.scrollLeft + strip.clientWidth > strip.scrollWidth - 1;
}
const tellAll = () => $$(".strip-frame").forEach(tell);

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-strip]");
  if (!step) return;
  const strip = $(".strip", step.parentElement);
  strip.scrollBy({ left: step.dataset.strip * strip.clientWidth * 0.8 });
});
document.addEventListener(
  "scroll",
  (event) => {
    if (event.target.matches?.(".strip")) tell(event.target.parentElement);
  },
  true,
);
addEventListener("resize", tellAll);
document.addEventListener("htmx:afterSettle", tellAll);
tellAll();
