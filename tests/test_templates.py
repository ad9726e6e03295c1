"""The templates trust no text, and are written to be read."""

import re

import pytest

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
