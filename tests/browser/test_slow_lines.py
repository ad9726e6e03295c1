"""A page that comes in pieces is whole in the end."""

import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.installation import Installation

pytestmark = pytest.mark.browser
PIECES = 12


class InPieces(BaseHTTPRequestHandler):
    """Sends the site's first page in pieces, and all else as it is."""

    site: Installation
    pause = threading.Event()

    def do_GET(self) -> None:
        with urllib.request.urlopen(self.site.base_url + self.path) as answer:
            body, kind = answer.read(), answer.headers["Content-Type"]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        size = len(body) // PIECES + 1 if self.path == "/" else len(body) + 1
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            self.wfile.flush()
            self.pause.wait(0.15 if self.path == "/" else 0)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def slow_line(site: Installation) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Line", (InPieces,), {"site": site}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_all_cards_of_a_page_that_came_in_pieces_can_be_seen(page, slow_line):
    page.goto(slow_line)
    cards = page.locator("main ul.grid > .card:not(.later)")
    assert cards.count() > 10
    hidden = "cards => cards.filter(card => getComputedStyle(card).visibility === 'hidden').length"
    assert cards.evaluate_all(hidden) == 0
