"""The scripts stay small: a slow phone does not wait for them."""

import gzip
from pathlib import Path

import django_htmx

from tests.installation import ROOT

MOST = 60_000  # bytes, compressed
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"


def test_all_scripts_together_stay_below_their_limit():
    assert HTMX.exists()
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in (*SCRIPTS, HTMX)) <= MOST
