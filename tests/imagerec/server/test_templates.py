"""Pages without the indentation of their templates."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.factories import image, person


@pytest.mark.django_db
def test_pages_are_sent_without_the_indentation_of_their_templates(client):
    image()
    client.force_login(person())
    page = client.get("/").content.decode()
    assert "\n<main" in page
    assert not re.search(r"\n[ \t]", page)


def test_a_line_of_a_template_keeps_its_number():
    template = get_template("base.html").template
    written = Path(template.origin.name).read_text().split("\n")
    assert template.source.split("\n").index("<body") == written.index("  <body")
