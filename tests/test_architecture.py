"""The house's rules, held by reading the code. Each rule is first shown a line that it must catch."""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import grimp
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.installation import ROOT

PACKAGES = ("imagerec", "gallery", "recommender")
METHODS = {"require_GET", "require_POST", "require_safe", "require_http_methods"}
Rule = Callable[[ast.Module], Iterator[int]]


def sources(*below: str) -> list[Path]:
    return sorted(path for top in below for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts)


CODE = sources(*PACKAGES)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def named(node: ast.AST) -> str:
    """The last name of `a.b.c` or `c`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and named(node.func) in names:
            yield node


def imports(tree: ast.Module, *modules: str) -> Iterator[int]:
    for node in ast.walk(tree):
        found = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module or "", *(alias.name for alias in node.names)]
        if any(name.split(".")[0] in modules for name in found):
            yield node.lineno


def long_functions(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, FUNCTION) and (node.end_lineno or 0) - node.lineno + 1 > 60:
            yield node.lineno


def image_open_without_formats(tree: ast.Module) -> Iterator[int]:
    pillow = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "PIL"
        for alias in node.names
        if alias.name == "Image"
    }
    for call in calls(tree, "open"):
        on = call.func.value if isinstance(call.func, ast.Attribute) else None
        given = any(keyword.arg == "formats" for keyword in call.keywords)
        if on is not None and named(on) in pillow and not given:
            yield call.lineno


def pickle(tree: ast.Module) -> Iterator[int]:
    yield from imports(tree, "pickle", "shelve", "dill", "cloudpickle", "joblib", "marshal")
    for call in calls(tree, "load", "loadtxt"):
        if any(keyword.arg == "allow_pickle" for keyword in call.keywords):
            yield call.lineno


def trusted_markup(tree: ast.Module) -> Iterator[int]:
    yield from (call.lineno for call in calls(tree, "mark_safe", "SafeString"))


def csrf_exemption(tree: ast.Module) -> Iterator[int]:
    yield from (node.lineno for node in ast.walk(tree) if isinstance(node, ast.expr) and named(node) == "csrf_exempt")


def hand_made_sql(tree: ast.Module) -> Iterator[int]:
    yield from (call.lineno for call in calls(tree, "raw", "extra", "RawSQL"))


def unpacked_archive(tree: ast.Module) -> Iterator[int]:
    yield from (call.lineno for call in calls(tree, "extractall", "unpack_archive"))


def printing(tree: ast.Module) -> Iterator[int]:
    yield from (call.lineno for call in calls(tree, "print", "breakpoint"))


def enqueuing(tree: ast.Module) -> Iterator[int]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    yield from (node.lineno for node in nodes if node.attr in {"delay", "delay_on_commit", "apply_async", "send_task"})


def global_randomness(tree: ast.Module) -> Iterator[int]:
    """Of numpy and the standard library; a Generator is made by default_rng and handed on."""
    yield from imports(tree, "random", "secrets", "datetime", "time")
    for call in calls(tree, "rand", "randn", "seed", "shuffle", "choice", "normal"):
        if isinstance(call.func, ast.Attribute) and named(call.func.value) == "random":
            yield call.lineno


SAID_OF_IMAGES = {"title", "alt_text", "visibility", "uploaded_by", "licence", "published_at", "taken_at"}
TABLES_OF_IMAGES = {"Image", "Listing", "SearchToken", "Swatch"}
WRITING = {"update", "bulk_update", "bulk_create", "create", "get_or_create", "update_or_create"}


def chain(node: ast.AST) -> Iterator[str]:
    """The names in `A.objects.filter(…).update`, the last one first."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        if isinstance(node, ast.Attribute):
            yield node.attr
            node = node.value
        else:
            node = node.func
    yield named(node)


def writes_images(call: ast.Call) -> bool:
    what, *through = chain(call.func)
    said = {keyword.arg or "" for keyword in call.keywords} & SAID_OF_IMAGES
    tables = TABLES_OF_IMAGES | {"through"} | ({"Genre", "Keyword"} if "update" in what else set())
    if what in WRITING and {"objects", "_default_manager"} & set(through) and tables & set(through):
        return True
    if what == "update":
        return bool(said or {"images", "uploads"} & set(through))
    if what == "save":
        return not call.args and "image" in through[0].lower()
    return what in {"set", "add", "remove", "clear"} and through[:1] == ["keywords"]


def writing_of_images(tree: ast.Module) -> Iterator[int]:
    """Images, their keywords, or the rows that lists and searches know them by, written past their one writer; and
    genres and keywords renamed in bulk."""
    found = calls(tree, *WRITING, "save", "set", "add", "remove", "clear")
    yield from (call.lineno for call in found if writes_images(call))
    given = (node for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute))
    yield from (node.lineno for node in given if list(chain(node.value))[:2] == ["through", "keywords"])


EVERYWHERE: list[tuple[Rule, str]] = [
    (long_functions, "def f():\n" + "    pass\n" * 60),
    (image_open_without_formats, "from PIL import Image as P\nP.open(x)"),
    (pickle, "from pickle import loads"),
    (pickle, "np.load(f, allow_pickle=True)"),
    (trusted_markup, "safestring.mark_safe(x)"),
    (csrf_exemption, "@csrf_exempt\ndef f(): pass"),
    (hand_made_sql, "Image.objects.raw(x)"),
    (unpacked_archive, "archive.extractall()"),
    (printing, "print(1)"),
]
IMAGES: list[tuple[Rule, str]] = [
    (writing_of_images, "Image.objects.filter(pk__in=ids).update(visibility=HIDDEN)"),
    (writing_of_images, "models.Image._default_manager.bulk_update(rows, columns)"),
    (writing_of_images, "Listing.objects.bulk_create(rows)"),
    (writing_of_images, "hidden.update(visibility=HIDDEN)"),
    (writing_of_images, "genre.images.filter(demo=True).update(**columns)"),
    (writing_of_images, "image.save(update_fields=columns)"),
    (writing_of_images, "image.keywords.set(words)"),
    (writing_of_images, "link = Image.keywords.through"),
    (writing_of_images, "Image.keywords.through.objects.create(image=image, keyword=word)"),
    (writing_of_images, "Genre.objects.filter(slug=slug).update(name=name)"),
]
# `editing` is the one writer, on `search/index`; an import makes images; the others keep figures of theirs.
WRITERS = {
    f"gallery/{name}.py"
    for name in ("catalogue/editing", "search/index", "catalogue/adding", "acts/events", "browse/trending")
}
SERVICES: list[tuple[Rule, str]] = [(enqueuing, "partial(learn.delay, 1)")]
ENGINE: list[tuple[Rule, str]] = [(global_randomness, "np.random.rand(3)"), (global_randomness, "import time")]
RULES = [(rule, CODE) for rule, _ in EVERYWHERE]
RULES += [(rule, [path for path in CODE if str(path.relative_to(ROOT)) not in WRITERS]) for rule, _ in IMAGES[:1]]
RULES += [(rule, sources("recommender/services", "recommender/data")) for rule, _ in SERVICES]
RULES += [(rule, sources("recommender/engine", "recommender/lab")) for rule, _ in ENGINE]


@pytest.mark.parametrize(("rule", "sample"), [*EVERYWHERE, *IMAGES, *SERVICES, *ENGINE])
def test_the_rule_catches_its_sample(rule: Rule, sample: str) -> None:
    assert list(rule(ast.parse(sample)))


@pytest.mark.parametrize(("rule", "files"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_code_keeps_the_rule(rule: Rule, files: list[Path]) -> None:
    found = [f"{path.relative_to(ROOT)}:{line}" for path in files for line in rule(ast.parse(path.read_text()))]
    assert not found


FIGURES = {"view_count", "rating_count", "rating_sum", "favourite_count", "trending"}


@pytest.mark.parametrize("writer", ["acts/events", "browse/trending"])
def test_who_keeps_figures_of_images_writes_nothing_else_of_them(writer: str) -> None:
    """Of the images' own rows and the narrow ones, in statements that name their columns."""
    tree = ast.parse((ROOT / "gallery" / f"{writer}.py").read_text())
    lines = set(writing_of_images(tree))
    written = [call for call in calls(tree, "update") if call.lineno in lines]
    assert lines == {call.lineno for call in written}
    assert {keyword.arg for call in written for keyword in call.keywords} <= FIGURES


def test_formats_are_found_where_they_are_given() -> None:
    assert not list(image_open_without_formats(ast.parse("from PIL import Image\nImage.open(x, formats=ok)")))


def test_modules_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in [*CODE, *sources("tests")]}
    assert not [f"{path.relative_to(ROOT)}: {length}" for path, length in lengths.items() if length > 400]


def test_templates_trust_no_text() -> None:
    trusting = re.compile(r"\|\s*safe\b|{%\s*autoescape\s+off|\bon(click|load|error|change)=|javascript:|style=\"")
    files = sorted((ROOT / "templates").rglob("*.html"))
    assert not [str(path.relative_to(ROOT)) for path in files if trusting.search(path.read_text())]


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
        decorators = {named(item.func if isinstance(item, ast.Call) else item) for item in definition.decorator_list}
        assert decorators & METHODS, f"{view.__module__}.{view.__name__}"
        assert (definition.end_lineno or 0) - definition.lineno < 26, f"{view.__name__} is longer than 25 lines"


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def circle(imported: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, the first one again at the end; nothing where there is none."""
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
