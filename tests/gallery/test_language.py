"""The Korean texts of all pages for visitors: none is missing, none is broken."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from tests.factories import image, person

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "ko" / "LC_MESSAGES" / "django.po"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "gettext_lazy": None}
FIELD = re.compile(r"%\(\w+\)s|%%|#")


def catalogue():
    return read_po(CATALOGUE.open("rb"), locale="ko")


def messages_of_templates():
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        code = templatize(path.read_text(), origin=str(path))
        code = "\n".join(line.strip() for line in code.splitlines()).encode()
        for _, message, _, _ in extract("python", io.BytesIO(code), keywords=KEYWORDS):
            yield path.name, message if isinstance(message, str) else message[0]


def messages_of_views():
    for package in ("gallery", "recommender", "imagerec"):
        for path in (settings.BASE_DIR / package).rglob("*.py"):
            for _, message, _, _ in extract("python", path.open("rb"), keywords=KEYWORDS):
                yield path.name, message if isinstance(message, str) else message[0]


def test_every_sentence_has_its_korean():
    known = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue()
        if message.string
    }
    missing = {
        (name, text) for name, text in (*messages_of_templates(), *messages_of_views()) if text not in known
    }
    assert not missing


def test_translations_hold_the_same_blanks():
    for message in catalogue():
        if not message.id:
            continue
        english = message.id if isinstance(message.id, str) else message.id[1]
        korean = message.string if isinstance(message.string, str) else message.string[0]
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(korean)), english


@pytest.fixture
def korean(settings, tmp_path, client):
    """The site in Korean, from the catalogue as it is now."""
    folder = tmp_path / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue())
    settings.LOCALE_PATHS = [tmp_path]
    trans_real._translations.clear()
    client.cookies["django_language"] = "ko"
    yield client
    trans_real._translations.clear()


@pytest.mark.django_db
def test_a_page_is_korean_from_top_to_bottom(korean):
    image()
    html = korean.get("/").content.decode()
    assert re.search(r'<html\s+lang="ko"', html)
    assert "둘러보기" in html
    assert "Explore" not in html


@pytest.mark.django_db
def test_a_refusal_is_korean(korean):
    korean.force_login(person())
    answer = korean.post(f"/i/{image().public_id}/rate/", {"value": "6"})
    assert "별점은 1부터 5까지의 정수예요." in answer.content.decode()
