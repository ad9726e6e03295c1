"""How long a search takes at 100,000 images on SQLite: `python -m tests.benchmarks.search`.

The images are planted in a temporary installation: titles and keywords out of the lexicon, the frequent ones
on a third of the images (Zipf), palettes and descriptors at random, three people who rated and viewed. Time
is that of which images to show and how many there are, as the search page asks;
the page's other work is the same for every page.
"""

import json
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

IMAGES = 100_000
SEED = 11
REPEATS = 12
BATCH = 1000
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def rows(images: int = IMAGES) -> list[dict[str, Any]]:
    """One row a kind of search: name, p50 and p95 in milliseconds, how many times it was asked;
    and `trending`."""
    from tests.installation import Installation

    with tempfile.TemporaryDirectory() as folder:
        site = Installation(Path(folder) / "site")
        code = f"from tests.benchmarks import search; search.plant({images}); search.measure()"
        return json.loads(
            site.manage("shell", "--verbosity", "0", "-c", code, timeout=3000).stdout.splitlines()[-1]
        )


def plant(count: int) -> None:
    from django.contrib.auth.models import User
    from django.db import connection, transaction

    from gallery.acts.events import recount
    from gallery.models import Genre, Image, Keyword, Rating, View
    from gallery.search import index, lexicon

    rng = np.random.default_rng(SEED)
    words = list(lexicon.KOREAN)
    often = 1 / np.arange(1, len(words) + 1) ** 0.7
    often /= often.sum()
    genres = [
        Genre.objects.create(slug=f"g{n}", name=words[n], name_ko=lexicon.korean(words[n])) for n in range(12)
    ]
    keywords = [Keyword.objects.create(name=word, name_ko=lexicon.korean(word)) for word in words]
    people = [User.objects.create(username=f"planted{n}") for n in range(3)]
    common = np.array([110, 110, 115]) + rng.normal(0, 65, (count, 5, 3))
    palettes = np.clip(common, 0, 255).astype(int)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        chosen = rng.choice(len(words), (size, 9), p=often)
        looks = rng.normal(size=(size, 162)).astype(np.float32)
        looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        with transaction.atomic():
            made = Image.objects.bulk_create(
                Image(
                    title=" ".join(words[word] for word in chosen[n, :4]),
                    genre=genres[int(rng.integers(12))],
                    file="originals/none.jpg",
                    width=1200 if n % 3 else 800,
                    height=800 if n % 3 else 1200,
                    byte_size=1000,
                    rendition_widths=[320, 640],
                    sha256=secrets.token_hex(32),
                    perceptual_hash=secrets.token_hex(8),
                    thumbhash="x" * 28,
                    placeholder="x" * 112,
                    palette=[
                        "#{:02x}{:02x}{:02x}".format(*colour) for colour in palettes[start + n].tolist()
                    ],
                    descriptor=looks[n].astype(np.float16).tobytes(),
                    published_at=NOON - timedelta(minutes=start + n),
                )
                for n in range(size)
            )
            link = Image.keywords.through
            link.objects.bulk_create(
                (
                    link(image_id=image.pk, keyword_id=keywords[word].pk)
                    for n, image in enumerate(made)
                    for word in set(chosen[n, 4:].tolist())
                ),
                batch_size=5000,
            )
            stars = rng.integers(1, 6, (size, len(people)))
            when = NOON - timedelta(days=1) * rng.uniform(0, 60)
            Rating.objects.bulk_create(
                Rating(user=user, image=image, value=int(stars[n, u]), created_at=when, updated_at=when)
                for n, image in enumerate(made)
                for u, user in enumerate(people)
                if rng.random() < (0.02 if u == 0 else 0.6)
            )
            View.objects.bulk_create(View(user=people[0], image=image, at=when) for image in made[:20])
            ids = [image.pk for image in made]
            index.index_images(ids)
            recount(ids)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA analysis_limit = 0")
        cursor.execute("ANALYZE gallery_listing")


def questions() -> dict[str, list[dict[str, Any]]]:
    """The searches that are asked, by the name of their row."""
    from gallery.models import Genre, Image
    from gallery.search import lexicon
    from gallery.search.forms import Sort

    words = list(lexicon.KOREAN)
    genre = Genre.objects.order_by("pk").first()
    picture = Image.objects.order_by("pk")[777]
    common, rare = words[:6], words[200:206]
    return {
        "nothing asked": [{"sort": sort} for sort in ("relevance", "newest", "best", "trending")],
        "a common word": [{"words": word} for word in common],
        "a rare word": [{"words": word} for word in rare],
        "Korean": [{"words": lexicon.korean(word)} for word in common],
        "two words": [
            {"words": f"{one} {two}"} for one, two in zip(common, common[1:] + rare[:1], strict=True)
        ],
        "a beginning": [{"words": word[:4]} for word in common if len(word) > 4]
        + [{"words": "lan"}, {"words": "bui"}],
        "a word, other orders": [{"words": words[0], "sort": sort} for sort in Sort.values],
        "filters": [
            {"genre": genre, "orientation": "portrait"},
            {"words": words[1], "orientation": "landscape", "stars": 4},
            {"stars": 5, "sort": "newest"},
            {"since": NOON.date() - timedelta(days=20), "until": NOON.date(), "words": words[0]},
        ],
        "rated, unseen": [{"unseen": True}, {"rated": True}, {"unrated": True, "words": words[0]}],
        "a colour": [{"colour": colour} for colour in ("1e4678", "c62828", "7d7d7d", "f2c230", "111111")],
        "a colour and a word": [{"colour": "1e4678", "words": word} for word in common[:3]],
        "like a picture": [
            {"look": bytes(picture.descriptor), "like": picture},
            {"look": bytes(picture.descriptor)},
        ],
    }


def timed(ask: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - begun)


def measure() -> None:
    from django.contrib.auth.models import User
    from django.utils import timezone

    from gallery.browse import trending
    from gallery.search import query as search
    from gallery.search.forms import Query
    from gallery.search.suggestions import suggestions

    user = User.objects.get(username="planted0")
    told = []

    def ask(query: Query) -> None:
        found = search.find_images(query, user)
        found.ids(0, 41)
        found.count()

    for name, queries in questions().items():
        for query in queries:
            ask(Query(**query))  # the first reads the file
        times = [timed(lambda query=query: ask(Query(**query))) for _ in range(REPEATS) for query in queries]
        told.append(row(name, times))
    texts = ["la", "lan", "land", "sea", "바", "바다", "bui", "s"]
    times = [timed(lambda text=text: suggestions(text, user)) for _ in range(REPEATS) for text in texts]
    told.append(row("suggestions", times))
    told.append(row("trending.refresh, all images", [timed(lambda: trending.refresh(timezone.now()))]))
    sys.stdout.write(json.dumps(told) + "\n")


def row(name: str, times: list[float]) -> dict[str, Any]:
    p50, p95 = np.percentile(times, [50, 95])
    full = f"search at {IMAGES:,} images: {name}"
    return {"name": full, "p50": round(float(p50), 1), "p95": round(float(p95), 1), "asked": len(times)}


if __name__ == "__main__":
    for told in rows(*(int(count) for count in sys.argv[1:])):
        sys.stdout.write(f"{told['name']:32} p50 {told['p50']:8.1f} ms   p95 {told['p95']:8.1f} ms\n")
