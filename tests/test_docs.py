"""Documentation that can go stale fails here."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from honcho.environ import parse_procfile

from tests.installation import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PACKAGES = {"imagerec", "gallery", "recommender"}
# Of Django and Celery, named in the docs.
DJANGO_COMMANDS = {
    "check",
    "createsuperuser",
    "migrate",
    "shell",
    "makemigrations",
    "collectstatic",
    "dumpdata",
}


def text() -> str:
    return "\n".join(page.read_text() for page in PAGES)


def table() -> set[str]:
    rows = (ROOT / "docs" / "operations.md").read_text().splitlines()
    return {row.split("`")[1] for row in rows if re.match(r"\| `[A-Z]", row)}


def read_by_the_code() -> set[str]:
    settings = (ROOT / "imagerec" / "settings.py").read_text()
    names = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", settings))
    return names | set(re.findall(r"\$\{?([A-Z_]+)", (ROOT / "Procfile").read_text()))


def our_commands() -> set[str]:
    return {name for name, package in get_commands().items() if package.split(".")[0] in PACKAGES}


def test_every_environment_variable_is_in_the_table_and_the_reverse() -> None:
    assert table() == read_by_the_code()


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    |PORT=\d+ )make ([a-z-]+)", text(), re.MULTILINE))
    assert named
    assert named <= targets
    assert {"run", "test", "check"} <= named


def test_every_management_command_that_is_named_exists_and_the_reverse() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", text()))
    assert named - DJANGO_COMMANDS <= our_commands()
    assert our_commands() <= named


@pytest.mark.parametrize(
    ("command", "option"), re.findall(r"manage\.py ([a-z_]+) [A-Z ]*(--[a-z-]+)", text())
)
def test_every_option_that_is_named_exists(command: str, option: str) -> None:
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    assert option in parser.format_help()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_folders_that_are_named_exist(page: Path) -> None:
    folders = r"docs|deploy|tests|gallery|recommender|imagerec|templates|\.ci"
    paths = re.findall(rf"`((?:{folders})/[\w./-]*)`", page.read_text())
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    missing = [name for name in paths if not (ROOT / name).exists()]
    assert missing + [name for name in links if not (page.parent / name).exists()] == []


def test_the_processes_in_the_operations_page_are_those_of_the_procfile() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        words = [
            word for word in shlex.split(command.removeprefix("exec ")) if word not in {"--quiet", "warning"}
        ]
        options = {word for word in words if word.startswith("-") and "level" not in word}
        assert any(
            options <= set(shlex.split(line)) for line in page.splitlines() if line.startswith("    ")
        ), name


def test_the_names_of_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.name
)
def test_every_decision_has_the_same_form(page: Path) -> None:
    title, _, date, *rest = page.read_text().splitlines()
    assert title.startswith(f"# {int(page.name[:4])}. ")
    assert re.match(r"Date: \d{4}-\d\d-\d\d\. Status: ", date)
    assert [line for line in rest if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
        "## Not chosen",
    ]


def test_the_glossary_is_short() -> None:
    glossary = (
        (ROOT / "docs" / "architecture.md").read_text().partition("## Glossary\n")[2].partition("\n## ")[0]
    )
    assert 0 < len(glossary.splitlines()) <= 30
