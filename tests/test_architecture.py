"""The house's rules, held by reading the code. Each rule is first shown a line that it must catch."""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests import one_writer
from tests.code_rules import (
    EXCEPTIONS,
    FUNCTION,
    Rule,
    calls,
    csrf_exemption,
    enqueuing,
    global_randomness,
    hand_made_sql,
    image_open_without_formats,
    long_functions,
    named,
    pickle,
    place,
    printing,
    trusted_markup,
    unpacked_archive,
    writing_of_images,
)
from tests.factories import image, person
from tests.installation import ROOT

PACKAGES = ("imagerec", "gallery", "recommender")
METHODS = {"require_GET", "require_POST", "require_safe", "require_http_methods"}


def sources(*below: str) -> list[Path]:
    return sorted(
        path for top in below for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts
    )


CODE = sources(*PACKAGES)


EVERYWHERE: list[tuple[Rule, str]] = [
    (long_functions, "def f():\n" + "    pass\n" * 60),
    (image_open_without_formats, "from PIL import Image as P\nP.open(x)"),
    (pickle, "from pickle import loads"),
    (pickle, "import joblib"),
    (pickle, "from joblib import Parallel, load"),
    (pickle, "np.load(f, allow_pickle=True)"),
    (trusted_markup, "safestring.mark_safe(x)"),
    (trusted_markup, "from django.utils.safestring import mark_safe as plain"),
    (trusted_markup, "rows = map(mark_safe, titles)"),
    (trusted_markup, "SafeString(title)"),
    (trusted_markup, "from django.utils.safestring import SafeString as Markup"),
    (trusted_markup, "class Title(SafeString): pass"),
    (trusted_markup, "class Title:\n    def __html__(self): return self.title"),
    (trusted_markup, 'format_html(f"<b>{title}</b>")'),
    (trusted_markup, 'format_html("<b>" + title + "</b>")'),
    (trusted_markup, "format_html(text, title)"),
    (trusted_markup, 'format_html_join("", f"<b>{title}</b>", rows)'),
    (trusted_markup, "bold = partial(format_html, text)"),
    (trusted_markup, "class Bold(template.Node):\n    def render(self, context): return context['title']"),
    (trusted_markup, "@register.filter(is_safe=True)\ndef bold(text): return text"),
    (trusted_markup, "Context(values, autoescape=False)"),
    (trusted_markup, 'options = {"autoescape": False}'),
    (trusted_markup, 'Template("<b>" + title).render(context)'),
    (trusted_markup, 'HttpResponse(f"<b>{title}</b>")'),
    (trusted_markup, "response.content = response.content.replace(mark, title)"),
    (csrf_exemption, "@csrf_exempt\ndef f(): pass"),
    (hand_made_sql, "Image.objects.raw(x)"),
    (hand_made_sql, 'Image.objects.extra(where=["1 = 1"])'),
    (hand_made_sql, "from django.db.models.expressions import RawSQL as Text"),
    (hand_made_sql, "with connection.cursor() as cursor: pass"),
    (hand_made_sql, 'with getattr(connection, "cursor")() as cursor: pass'),
    (hand_made_sql, "held.execute(statement)"),
    (hand_made_sql, "held.executemany(statement, rows)"),
    (hand_made_sql, "connections[name].connection.commit()"),
    (hand_made_sql, "import sqlite3"),
    (hand_made_sql, 'Value(1, template="%(expressions)s + 1")'),
    (hand_made_sql, "class Day(Transform):\n    def as_sqlite(self, compiler, connection): pass"),
    (unpacked_archive, "archive.extractall()"),
    (printing, "print(1)"),
]
IMAGES: list[tuple[Rule, str]] = [
    (writing_of_images, "Image.objects.filter(pk__in=ids).update(visibility=HIDDEN)"),
    (writing_of_images, "models.Image._default_manager.bulk_update(rows, columns)"),
    (writing_of_images, 'every.bulk_update(rows, ["visibility"])'),
    (writing_of_images, "await Image.objects.aupdate(**columns)"),
    (writing_of_images, "from gallery.models import Image as Picture"),
    (writing_of_images, "every = Image.objects"),
    (writing_of_images, "picture = apps.get_model('gallery', 'Image')"),
    (writing_of_images, "Listing.objects.bulk_create(rows)"),
    (writing_of_images, "hidden.update(visibility=HIDDEN)"),
    (writing_of_images, "chosen.update(licence=licence)"),
    (writing_of_images, "genre.images.filter(demo=True).update(**columns)"),
    (writing_of_images, "image.save(update_fields=columns)"),
    (writing_of_images, "await image.asave()"),
    (writing_of_images, "image.keywords.set(words)"),
    (writing_of_images, "link = Image.keywords.through"),
    (writing_of_images, "Image.keywords.through.objects.create(image=image, keyword=word)"),
    (writing_of_images, "Genre.objects.filter(slug=slug).update(name=name)"),
]
SERVICES: list[tuple[Rule, str]] = [(enqueuing, "partial(learn.delay, 1)")]
ENGINE: list[tuple[Rule, str]] = [
    (global_randomness, "np.random.rand(3)"),
    (global_randomness, "import time"),
]
RULES = [(rule, CODE) for rule in dict.fromkeys(rule for rule, _ in EVERYWHERE)]
RULES += [(writing_of_images, CODE)]
RULES += [(rule, sources("recommender/services", "recommender/data")) for rule, _ in SERVICES]
RULES += [(global_randomness, sources("recommender/engine", "recommender/lab"))]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def broken(rule: Rule, path: Path) -> Iterator[tuple[str, str]]:
    """The place of each line that breaks the rule, as exceptions name it, and as one finds it."""
    tree = parsed(path)
    for line in rule(tree):
        yield f"{path.stem}.{place(tree, line)}".rstrip("."), f"{path.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize(("rule", "sample"), [*EVERYWHERE, *IMAGES, *SERVICES, *ENGINE])
def test_the_rule_catches_its_sample(rule: Rule, sample: str) -> None:
    assert list(rule(ast.parse(sample)))


@pytest.mark.parametrize(("rule", "files"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_code_keeps_the_rule(rule: Rule, files: list[Path]) -> None:
    excepted = EXCEPTIONS.get(rule, {})
    assert not [where for path in files for name, where in broken(rule, path) if name not in excepted]


@pytest.mark.parametrize("rule", EXCEPTIONS, ids=lambda rule: rule.__name__)
def test_each_exception_is_one_place_and_needed(rule: Rule) -> None:
    places = {(path, name) for path in CODE for name, _ in broken(rule, path)}
    assert sorted(name for _, name in places) == sorted(EXCEPTIONS[rule])


def test_a_name_in_getattr_and_a_place_in_a_class_are_found() -> None:
    tree = ast.parse("class A:\n    def f(self):\n        return getattr(self, 'g')()")
    assert [named(call.func) for call in calls(tree, "g")] == ["g"]
    assert (place(tree, 3), place(tree, 1)) == ("A.f", "A")


def test_what_escapes_is_let_through() -> None:
    escaped = 'format_html("<b>{}</b>", title)\nformat_html_join("", "<b>{}</b>", rows)\nHttpResponse(b"ok")'
    assert not list(trusted_markup(ast.parse(escaped)))


FIGURES = {"view_count", "rating_count", "rating_sum", "favourite_count", "trending"}


@pytest.mark.parametrize("writer", ["events", "trending"])
def test_who_keeps_figures_of_images_writes_nothing_else_of_them(writer: str) -> None:
    """Of the images' own rows and the narrow ones, in statements that name their columns."""
    (path,) = (path for path in CODE if path.stem == writer)
    tree = ast.parse(path.read_text())
    lines = set(writing_of_images(tree))
    written = [call for call in calls(tree, "update") if call.lineno in lines]
    assert lines == {call.lineno for call in written}
    assert {keyword.arg for call in written for keyword in call.keywords} <= FIGURES


@pytest.mark.django_db
def test_what_writes_images_unseen_is_stopped_when_it_does() -> None:
    """As long as it is tested: none of these lines has a word that the rule knows."""
    hung = image()
    unseen = (
        "def alter(found, columns):\n    for one in found:\n        vars(one).update(columns)\n        "
        "one.save()"
    )
    assert not list(writing_of_images(ast.parse(unseen)))
    planted: dict[str, Any] = {}
    exec(compile(unseen, f"{ROOT}/gallery/planted.py", "exec"), planted)
    with pytest.raises(one_writer.WrittenElsewhere, match=r"gallery/planted\.py"):
        planted["alter"]([hung], {"title": "Another"})


@pytest.mark.django_db
def test_images_forget_who_uploaded_them() -> None:
    """Django does it when a user is deleted: no writer of ours is needed."""
    mina = person()
    hung = image(uploaded_by=mina)
    leave = compile("mina.delete()", f"{ROOT}/recommender/planted.py", "exec")
    exec(leave, {"mina": mina})
    hung.refresh_from_db()
    assert hung.uploaded_by is None


def test_formats_are_found_where_they_are_given() -> None:
    assert not list(image_open_without_formats(ast.parse("from PIL import Image\nImage.open(x, formats=ok)")))


def test_modules_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in [*CODE, *sources("tests")]}
    assert not [f"{path.relative_to(ROOT)}: {length}" for path, length in lengths.items() if length > 400]


def test_the_limit_on_pixels_is_never_lifted() -> None:
    assert not [path for path in CODE if re.search(r"MAX_IMAGE_PIXELS\s*=\s*None", path.read_text())]


def our_views(patterns: list[URLPattern | URLResolver]) -> Iterator[Callable[..., object]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from our_views(pattern.url_patterns)
        elif pattern.callback.__module__.split(".")[0] in PACKAGES:
            yield pattern.callback


def test_every_view_says_which_methods_it_takes() -> None:
    for view in our_views(get_resolver().url_patterns):
        source = Path(sys.modules[view.__module__].__file__ or "")
        functions = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, FUNCTION)]
        definition = next(node for node in functions if node.name == view.__name__)
        decorators = {
            named(item.func if isinstance(item, ast.Call) else item) for item in definition.decorator_list
        }
        assert decorators & METHODS, f"{view.__module__}.{view.__name__}"
        assert (definition.end_lineno or 0) - definition.lineno < 26, (
            f"{view.__name__} is longer than 25 lines"
        )


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def circle(imported: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, the first one again at the end;
    nothing where there is none."""
    try:
        graphlib.TopologicalSorter(imported).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_a_circle_is_found() -> None:
    assert set(circle({"models": {"keeping"}, "keeping": {"querysets"}, "querysets": {"models"}})) == {
        "models", "keeping", "querysets",
    }  # fmt: skip


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Inside functions and for types alone counts, too."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    assert not circle({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})


def test_the_recommender_package_is_empty_at_its_top() -> None:
    assert not (ROOT / "recommender" / "__init__.py").read_text().strip()
