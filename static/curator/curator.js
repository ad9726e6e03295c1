/* What the admin's own scripts leave out for those who do not see the page. */

const tidy = () => {
  // select2 puts a search field beside each list of suggestions and gives it no name.
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const field = select.nextElementSibling?.querySelector(".select2-search__field");
    if (label && field) field.setAttribute("aria-label", label.textContent.trim());
  }
  // Django's two-sided lists label an icon that is a plain span.
  for (const icon of document.querySelectorAll(".search-label-icon[aria-label]")) icon.setAttribute("role", "img");
  // simplebar makes a landmark of every scrolling box, and gives all of them the same name.
  for (const box of document.querySelectorAll(".simplebar-content-wrapper[role=region]")) {
    box.removeAttribute("role");
    box.removeAttribute("aria-label");
  }
};

// After the scripts that tidy up after: they wait for the document, this waits for everything and for its turn.
window.addEventListener("load", () => setTimeout(tidy));
