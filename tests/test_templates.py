"""The templates trust no text, and are written to be read."""

import re

import pytest

from imagerec.desk.dashboard import TONES
from recommender import sources
from tests.installation import ROOT

LONGEST = 160  # characters of a line: the formatter wants 120, and leaves alone what it cannot break
FILES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
TRUSTING = re.compile(
    r"""\|\s*safe(seq)?\b | \{%\s*filter\b[^%]*\bsafe | \{%\s*autoescape\s+off  # text is not escaped
    | \bhx-on[:-] | \s on\w+\s*= | javascript: | \bsrcdoc= | \bstyle=      # code, which the policy refuses
    | <script(?![^>]*\bsrc=) | <style\b                                        # escaping is another in there
    | \s[\w-]+=\{[{%]                                                         # a space in the value ends it
    """,
    re.VERBOSE,
)


@pytest.mark.parametrize(
    "text",
    [
        "{{ image.title|safe }}",
        "{{ image.title | safe }}",
        "{{ titles|safeseq|join:', ' }}",
        "{% filter safe %}{{ image.title }}{% endfilter %}",
        "{% filter force_escape|safe %}",
        "{% autoescape off %}",
        '<a onclick="go()">',
        '<a onfocusin="go()">',
        '<a hx-on:click="go()">',
        '<a href="javascript:go()">',
        '<p style="color: {{ colour }}">',
        '<iframe srcdoc="{{ text }}">',
        "<script>const title = '{{ image.title }}';</script>",
        "<style>",
        "<p title={{ image.title }}>",
        "<p id={% if one %}a{% endif %}>",
    ],
)
def test_a_line_that_trusts_text_is_found(text: str) -> None:
    assert TRUSTING.search(text)


@pytest.mark.parametrize(
    "text",
    [
        '<a href="?q={{ words|urlencode }}" data-on="yes">{{ image.title }}</a>',
        '<script type="module" src="{% static "js/site.js" %}"></script>',
        '{% include "_empty.html" with link=all text=words %}',
    ],
)
def test_what_is_escaped_is_let_through(text: str) -> None:
    assert not TRUSTING.search(text)


def test_templates_trust_no_text() -> None:
    found = [(path, match) for path in FILES for match in TRUSTING.finditer(path.read_text())]
    assert not [f"{path.relative_to(ROOT)}: {match[0]}" for path, match in found]


def test_no_line_of_a_template_is_long() -> None:
    lines = [
        (path, number, line) for path in FILES for number, line in enumerate(path.read_text().splitlines(), 1)
    ]
    assert not [f"{path.relative_to(ROOT)}:{number}" for path, number, line in lines if len(line) > LONGEST]


def rules_of(*sheets: str) -> set[str]:
    """The classes that these style sheets have rules for."""
    return {name for sheet in sheets for name in re.findall(r"\.([a-z][\w-]*)", (ROOT / sheet).read_text())}


def test_each_class_of_the_curators_pages_has_a_rule() -> None:
    used = {
        name
        for path in FILES
        if "admin" in path.parts
        for name in re.findall(r"(?<![\w-])curator-[\w-]+(?![\w-]*\{)", path.read_text())
    }
    assert not used - rules_of("static/curator/curator.css")


def test_charts_have_a_rule_for_each_colour() -> None:
    of_sources = {source.tone for source in sources.SOURCES}
    of_parts = {text.tone for source in sources.SOURCES for text in source.parts.values()} | {"mean"}
    dashboard = {f"curator-tone-{tone}" for tone in of_sources | set(TONES)}
    assert not dashboard - rules_of("static/curator/curator.css")
    assert not {f"part-{tone}" for tone in of_sources | of_parts} - rules_of("static/css/charts.css")
