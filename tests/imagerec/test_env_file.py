"""The one file of variables: its syntax is systemd's, and what it says is never another database by
accident."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagerec import env, envfile


# The right-hand sides are what systemd 252 makes of the same files.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"),
        ("  A = b \t", "b"),
        ("A=", ""),
        ('A=""', ""),
        ('A="a b "  ', "a b "),
        ("A='a\\b $c'", "a\\b $c"),
        ('A="a\\b\\"c\\\\d\\$e"', 'a\\b"c\\d$e'),
        ("A=ImageRec <me@here.example>", "ImageRec <me@here.example>"),
        ('A=a"b"c\'d', 'a"b"c\'d'),
        ("A=x # y", "x # y"),
        ("A=#x=y", "#x=y"),
        ("A=a\\b\\\\c", "ab\\c"),
        ("A=a \\\n  b", "a   b"),
        ('A="a\\\nb"', "ab"),
        ('A="x\ny"', "x\ny"),
        ("A=a\\ ", "a "),
        ("A=1\nA=2", "2"),
        ("\n# a comment\n; another\n\t# a third\nA=1", "1"),
        ("A=가나", "가나"),
        ("A=$HOME", "$HOME"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_values_are_read_as_systemd_reads_them(text: str, value: str, end: str) -> None:
    assert envfile.parse((text + "\n").replace("\n", end)) == {"A": value}
    assert envfile.parse(text) == {"A": value}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A=1\nexport B=2\n", "line 2 is not NAME=value"),
        ("just words", "line 1 is not NAME=value"),
        ("\n\n2A=1", "line 3 is not NAME=value"),
        ("=1", "line 1 is not NAME=value"),
        ('A="open\nB=1', "line 1 a quote is not closed"),
        ("A='x' y", "line 1 a quote is not closed or something stands behind it"),
        ("A=a\0b", "line 1 holds a zero byte"),
    ],
)
def test_a_line_that_cannot_be_understood_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        envfile.parse(text)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A checkout and a machine of the test's own."""
    monkeypatch.setattr(envfile, "CHECKOUT", tmp_path)
    monkeypatch.setattr(envfile, "MACHINE", tmp_path / "imagerec.env")
    monkeypatch.setattr(os, "environ", {"SITE_URL": "https://said.example", "HOSTS": " "})
    return tmp_path


def test_the_first_of_three_counts_alone(places: Path) -> None:
    assert env.file("IMAGEREC_ENV") is None
    (places / "imagerec.env").write_text("DATABASE_URL=machine\nREDIS_URL=machine")
    assert env.file("IMAGEREC_ENV") == places / "imagerec.env"
    del os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    (places / ".env").write_text("DATABASE_URL=checkout")
    assert env.file("IMAGEREC_ENV") == places / ".env"
    assert (os.environ["DATABASE_URL"], "REDIS_URL" in os.environ) == ("checkout", False)
    del os.environ["DATABASE_URL"]
    os.environ["IMAGEREC_ENV"] = os.devnull
    env.file("IMAGEREC_ENV")
    assert "DATABASE_URL" not in os.environ


def test_the_environment_wins_unless_it_is_empty(places: Path) -> None:
    (places / ".env").write_text("SITE_URL=https://file.example\nHOSTS=file.example")
    env.file("IMAGEREC_ENV")
    assert (os.environ["SITE_URL"], os.environ["HOSTS"]) == ("https://said.example", "file.example")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"A=\xff", "it is not UTF-8"), (b"A", "line 1 is not NAME=value"), (None, "Is a directory")],
)
def test_a_file_that_cannot_be_read_stops_the_start(
    places: Path, content: bytes | None, sentence: str
) -> None:
    path = places / ".env"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=rf"settings in {path} cannot be read: .*{sentence}"):
        env.file("IMAGEREC_ENV")


def test_a_file_that_is_named_and_missing_or_locked_stops_the_start(places: Path, monkeypatch) -> None:
    os.environ["IMAGEREC_ENV"] = "site.env"
    with pytest.raises(ImproperlyConfigured, match=r"site\.env cannot be read: No such file"):
        env.file("IMAGEREC_ENV")
    (places / "site.env").write_text("A=1")
    monkeypatch.setattr(
        Path, "read_text", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    with pytest.raises(ImproperlyConfigured, match=r"site\.env cannot be read: Permission denied"):
        env.file("IMAGEREC_ENV")
