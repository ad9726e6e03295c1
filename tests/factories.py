"""Test data from plain functions: valid by default, whatever matters to the test is said by the test."""

import secrets
from datetime import UTC, datetime
from importlib import import_module
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import User

from gallery.models import Genre, Image, Keyword
from recommender.services.recommend import FeedPage

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
_numbers = count(1)


def person(name: str = "", **more: Any) -> User:
    """A user with an account; the password is their name followed by -password."""
    name = name or f"person{next(_numbers)}"
    return get_user_model().objects.create_user(name, f"{name}@example.org", f"{name}-password", **more)


def session_of(user: User) -> str:
    """The key of a new session in which this person is signed in."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def staff(name: str = "curator", **more: Any) -> User:
    return person(name, is_staff=True, is_superuser=True, **more)


def genre(slug: str = "sea", name_ko: str = "") -> Genre:
    return Genre.objects.get_or_create(slug=slug, defaults={"name": slug.title(), "name_ko": name_ko})[0]


def keyword(name: str, name_ko: str = "") -> Keyword:
    return Keyword.objects.get_or_create(name=name, defaults={"name_ko": name_ko})[0]


def image(title: str = "", *, genre_slug: str = "sea", keywords: tuple[str, ...] = (), **more: Any) -> Image:
    """A public image without files behind it."""
    fields: dict[str, Any] = {
        "title": title or f"Picture {next(_numbers)}",
        "genre": genre(genre_slug),
        "file": "originals/none.jpg",
        "width": 1200,
        "height": 800,
        "byte_size": 1000,
        "rendition_widths": [320, 640],
        "sha256": secrets.token_hex(32),
        "perceptual_hash": secrets.token_hex(8),
        "thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI",
        "placeholder": "data:image/png;base64,",
        "palette": ["#336699", "#ffffff"],
        "descriptor": b"",
        "published_at": NOON,
    }
    made = Image.objects.create(**(fields | more))
    made.keywords.set([keyword(name) for name in keywords])
    return made


def slugs(page: FeedPage) -> list[str]:
    """The genres of what is shown, in order."""
    names = dict(Genre.objects.values_list("pk", "slug"))
    return [names[item.image.genre_id] for item in page.items]
