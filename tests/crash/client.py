"""A person who goes on rating and looking while the site is being killed,
and remembers what was acknowledged."""

import http.client
import random
import threading
import urllib.parse
from collections import defaultdict
from dataclasses import dataclass, field

from tests.installation import Installation

TOKEN = "k" * 32


@dataclass
class Told:
    """What one person sent for each image, in order: (value, acknowledged)."""

    ratings: dict[str, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    views: set[str] = field(default_factory=set)

    def may_be(self, image: str) -> set[int]:
        """Ratings that the site may hold now: the last acknowledged one,
        or one sent after it without an answer."""
        sent = self.ratings[image]
        last = max((place for place, (_, acknowledged) in enumerate(sent) if acknowledged), default=0)
        return {value for value, _ in sent[last:]}


class Visitor(threading.Thread):
    def __init__(self, site: Installation, session: str, images: list[str], seed: int) -> None:
        super().__init__(daemon=True)
        self.site, self.images, self.rng = site, images, random.Random(seed)
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.told = Told()
        self.refused: list[str] = []
        self.answers = 0
        self.finish = threading.Event()

    def run(self) -> None:
        while not self.finish.is_set():
            image = self.rng.choice(self.images)
            if self.rng.random() < 0.7:
                value = self.rng.randint(1, 5)
                status = self._send("POST", f"/i/{image}/rate/", {"value": str(value), "from": "explore"})
                self.told.ratings[image].append((value, status in range(200, 400)))
            else:
                status = self._send("GET", f"/i/{image}/")
                if status == 200:
                    self.told.views.add(image)
            self.answers += status is not None
            if status is None:
                self.finish.wait(0.05)
            elif status == 429:  # faster than an account may rate
                self.finish.wait(1.0)
            elif status >= 400:
                self.refused.append(f"{image} {status}")

    def _send(self, method: str, path: str, fields: dict[str, str] | None = None) -> int | None:
        """The answer's status; None when the connection broke before there was one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=20)
        try:
            connection.request(method, path, urllib.parse.urlencode(fields) if fields else None, self.headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
