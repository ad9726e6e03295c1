"""Why a picture is here, in a real browser: in the sheet, on the picture's page and in the overlay,
at two sizes."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.story import Visitor
from tests.browser.test_accessibility import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
# Figures that stand in more than one line: the words of the text nodes that are shown, each within its own
# spaces.
BROKEN = """() => {
  const found = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    if (!node.parentElement.checkVisibility()) continue;
    for (const word of node.data.matchAll(/(?<=^|\\s)[+−-]?\\d[\\d.,:]*%?(?=$|\\s)/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      const around = node.parentElement;
      if (tops.size > 1) found.push(`${around.className || around.localName}: ${word[0]}`);
    }
  }
  return found;
}"""


@pytest.fixture(params=[DESKTOP, PHONE | {"has_touch": True, "is_mobile": True}], ids=["desktop", "phone"])
def visitor(request, chromium, site):
    context = chromium.new_context(**request.param)
    yield Visitor(context.new_page(), site)
    context.close()


def read(panel):
    """The sentence; with a score its figures are whole, the largest is the one above, and its rows add up."""
    expect(panel).to_be_visible()
    assert panel.page.evaluate(BROKEN) == []
    if panel.locator(".parts").count():
        *parts, together = map(Decimal, panel.locator(".parts b").all_inner_texts())
        assert sum(parts) == together
        assert abs(Decimal(panel.locator(".score strong").inner_text()) - together) <= Decimal("0.05")
        height = panel.locator(".score strong").bounding_box()["height"]
        size = panel.locator(".score strong").evaluate(
            "figure => parseFloat(getComputedStyle(figure).fontSize)"
        )
        assert height < 1.5 * size
    return panel.locator(".sentence").inner_text()


def everywhere(visitor, public_id):
    """What the sheet of the feed, the overlay above it, and the picture's own page say."""
    page, card = visitor.page, visitor.page.locator(f"#card-{public_id}")
    card.locator("[data-why]").dispatch_event("click")
    said = [read(page.locator("#sheet .reasoning"))]
    page.keyboard.press("Escape")
    card.locator(".card-link").click()
    page.locator("#overlay .why summary").click()
    said.append(read(page.locator("#overlay .reasoning")))
    visitor.go(f"/i/{public_id}/")
    page.locator("main .why summary").click()
    said.append(read(page.locator("main .reasoning")))
    visitor.go(f"/i/{public_id}/why/")
    said.append(read(page.locator("main .reasoning")))
    return said


def test_a_reason_outlives_a_look_and_a_score_stays_in_its_line(visitor):
    page = visitor.page
    visitor.sign_up(f"asker{page.viewport_size['width']}")
    visitor.pick(3)
    said = everywhere(visitor, visitor.shown()[0])
    assert said[0].startswith(("처음에 고른 것과 어울려요", "It fits what you chose at the start"))
    assert len(set(said)) == 1

    for public_id, value in zip(visitor.search("sea")[:3], (5, 4, 2), strict=False):
        visitor.rate(public_id, value)
    page.wait_for_timeout(2000)
    public_id = visitor.feed()[0]
    said = everywhere(visitor, public_id)
    assert page.locator(".parts").count() == 1
    assert len(set(said[1:])) == 1
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        read(page.locator("main .reasoning"))
    for path in ("/taste/", f"/i/{public_id}/", f"/i/{public_id}/actions/"):
        visitor.go(path)
        assert page.evaluate(BROKEN) == []
    assert not visitor.trouble
