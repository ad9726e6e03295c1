"""Rules that are kept by reading the code: each takes a module's syntax tree and yields the lines that break
it.

`tests/test_architecture.py` shows each rule a line that it must catch, and then the code.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

from django.apps import apps

Rule = Callable[[ast.Module], Iterator[int]]
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def nodes(tree: ast.Module) -> list[ast.AST]:
    return list(ast.walk(tree))


def named(node: ast.AST) -> str:
    """The last name of `a.b.c`, of `c` and of `getattr(a, "c")`."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return name
    return ""


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in nodes(tree):
        if isinstance(node, ast.Call) and named(node.func) in names:
            yield node


def uses(tree: ast.Module, *names: str) -> Iterator[int]:
    """Wherever a name is read or imported, under whatever name: what is called later,
    by `partial` or `map`, too."""
    for node in nodes(tree):
        named_here = (
            [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else [named(node)]
        )
        if isinstance(node, (ast.ImportFrom, ast.expr)) and set(named_here) & set(names):
            yield node.lineno


def renamed(tree: ast.Module, *names: str) -> Iterator[int]:
    """Imports that give a name another one, under which no rule would know it."""
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and any(
            alias.name in names and alias.asname for alias in node.names
        ):
            yield node.lineno


def imports(tree: ast.Module, *modules: str) -> Iterator[int]:
    for node in nodes(tree):
        found = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module or "", *(alias.name for alias in node.names)]
        if any(name.split(".")[0] in modules for name in found):
            yield node.lineno


def place(tree: ast.Module, line: int) -> str:
    """The class and function around a line, as `Class.method`; nothing at the top of a module."""
    around = [
        (node.lineno, node.name)
        for node in nodes(tree)
        if isinstance(node, (*FUNCTION, ast.ClassDef)) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return ".".join(name for _, name in sorted(around))


def long_functions(tree: ast.Module) -> Iterator[int]:
    for node in nodes(tree):
        if isinstance(node, FUNCTION) and (node.end_lineno or 0) - node.lineno + 1 > 60:
            yield node.lineno


def image_open_without_formats(tree: ast.Module) -> Iterator[int]:
    pillow = {
        alias.asname or alias.name
        for node in nodes(tree)
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
    """Also of joblib, but for the processes that it starts, which only hear from each other."""
    yield from imports(tree, "pickle", "shelve", "dill", "cloudpickle", "marshal")
    processes = {"Parallel", "delayed", "parallel_config"}
    for node in nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names}
            module = getattr(node, "module", None) or ""
            if "joblib" in names or (module.startswith("joblib") and not names <= processes):
                yield node.lineno
    for call in calls(tree, "load", "loadtxt"):
        if any(keyword.arg == "allow_pickle" for keyword in call.keywords):
            yield call.lineno


def trusted_markup(tree: ast.Module) -> Iterator[int]:
    """Text that reaches a page without being escaped."""
    yield from uses(tree, "mark_safe", "html_safe", "SafeText", "SafeData", "from_string")
    yield from renamed(
        tree, "SafeString", "format_html", "format_html_join", "Node", "HttpResponse", "Template"
    )
    yield from (call.lineno for call in calls(tree, "SafeString", "Template"))
    yield from format_that_varies(tree)
    for node in nodes(tree):
        match node:
            case ast.ClassDef(bases=bases) if any(
                named(base).endswith(("Node", "SafeString")) for base in bases
            ):
                yield node.lineno  # what a node renders goes into the page as it is
            case ast.FunctionDef(name="__html__") | ast.Assign(targets=[ast.Attribute(attr="content")]):
                yield node.lineno
            case ast.keyword(arg="is_safe" | "needs_autoescape" | "autoescape", value=given):
                yield given.lineno
            case ast.Constant(value="autoescape"):
                yield node.lineno
            case ast.Call(args=[body, *_]) if named(node.func).endswith(
                "HttpResponse"
            ) and "<" in ast.unparse(body):
                yield node.lineno


def format_that_varies(tree: ast.Module) -> Iterator[int]:
    """`format_html` escapes its values, not its format: that must be written out where it is called."""
    called = set()
    for name, formats in (("format_html", 1), ("format_html_join", 2)):
        for call in calls(tree, name):
            called.add(call.func)
            given = call.args[:formats]
            if len(given) < formats or not all(isinstance(arg, ast.Constant) for arg in given):
                yield call.lineno
    for node in nodes(tree):
        if (
            isinstance(node, ast.expr)
            and named(node) in {"format_html", "format_html_join"}
            and node not in called
        ):
            yield node.lineno


def csrf_exemption(tree: ast.Module) -> Iterator[int]:
    yield from uses(tree, "csrf_exempt")


def hand_made_sql(tree: ast.Module) -> Iterator[int]:
    """SQL that Django's compiler did not write, and cursors, over which it goes."""
    yield from imports(tree, "sqlite3", "psycopg")
    yield from uses(tree, "RawSQL", "RunSQL", "Func", "as_sql")
    yield from (call.lineno for call in calls(tree, "raw", "extra", "cursor", "chunked_cursor"))
    yield from (call.lineno for call in calls(tree, "executemany", "executescript", "callproc"))
    yield from (call.lineno for call in calls(tree, "execute") if call.args or call.keywords)
    for node in nodes(tree):
        match node:
            case ast.Attribute(attr="connection", value=under) if "connection" in ast.unparse(under):
                yield node.lineno
            case ast.FunctionDef(name=name) if name.startswith("as_sql"):
                yield node.lineno
            case ast.keyword(arg="template" | "arg_joiner", value=written):
                yield written.lineno
            case ast.Assign(targets=[ast.Name(id="template" | "arg_joiner")]):
                yield node.lineno


def unpacked_archive(tree: ast.Module) -> Iterator[int]:
    yield from (call.lineno for call in calls(tree, "extractall", "unpack_archive"))


def printing(tree: ast.Module) -> Iterator[int]:
    yield from (call.lineno for call in calls(tree, "print", "breakpoint"))


def enqueuing(tree: ast.Module) -> Iterator[int]:
    for node in nodes(tree):
        if isinstance(node, ast.Attribute) and node.attr in {
            "delay",
            "delay_on_commit",
            "apply_async",
            "send_task",
        }:
            yield node.lineno


def global_randomness(tree: ast.Module) -> Iterator[int]:
    """Of numpy and the standard library; a Generator is made by default_rng and handed on."""
    yield from imports(tree, "random", "secrets", "datetime", "time")
    for call in calls(tree, "rand", "randn", "seed", "shuffle", "choice", "normal"):
        if isinstance(call.func, ast.Attribute) and named(call.func.value) == "random":
            yield call.lineno


TABLES_OF_IMAGES = {"Image", "Listing", "SearchToken", "Swatch"}
WRITING = {
    verb for name in ("update", "bulk_update", "bulk_create", "create", "get_or_create", "update_or_create")
    for verb in (name, f"a{name}")
}  # fmt: skip
SAVING = {"save", "asave", "save_base"}
MANAGERS = {"objects", "_default_manager", "_base_manager"}


@cache
def columns_of_images() -> set[str]:
    """The columns that only images have: an update of such a name updates images."""
    ours = [
        model for label in ("gallery", "recommender") for model in apps.get_app_config(label).get_models()
    ]
    found = Counter(field.name for model in ours for field in model._meta.concrete_fields)
    copies = {field.name for field in apps.get_model("gallery", "Listing")._meta.concrete_fields}
    named_once = {name for name, count in found.items() if count == 1 + (name in copies)}
    image = {field.name for field in apps.get_model("gallery", "Image")._meta.concrete_fields}
    return image & named_once | {"title", "visibility", "uploaded_by", "published_at"}


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
    said = {keyword.arg or "" for keyword in call.keywords} & columns_of_images()
    tables = TABLES_OF_IMAGES | {"through"} | ({"Genre", "Keyword"} if "update" in what else set())
    if what in WRITING and MANAGERS & set(through) and tables & set(through):
        return True
    if what in {"update", "aupdate"}:
        return bool(said or {"images", "uploads"} & set(through))
    if what in {"bulk_update", "abulk_update"}:
        columns = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)}
        return bool(columns & columns_of_images())
    if what in SAVING:
        return not call.args and "image" in (through or [""])[0].lower()
    return what in {"set", "add", "remove", "clear"} and through[:1] == ["keywords"]


def writing_of_images(tree: ast.Module) -> Iterator[int]:
    """Images, their keywords, or the rows that lists and searches know them by, written past their one
    writer; and genres and keywords renamed in bulk."""
    yield from renamed(tree, *TABLES_OF_IMAGES)
    yield from uses(tree, "get_model")
    found = calls(tree, *WRITING, *SAVING, "set", "add", "remove", "clear")
    yield from (call.lineno for call in found if writes_images(call))
    for node in nodes(tree):
        if isinstance(node, ast.Assign):
            through = list(chain(node.value))
            if through[:2] == ["through", "keywords"] or (
                through[0] in MANAGERS and TABLES_OF_IMAGES & set(through)
            ):
                yield node.lineno


# Who may break a rule, as `module.Class.function`, and why.
EXCEPTIONS: dict[Rule, dict[str, str]] = {
    hand_made_sql: {
        "checks": "asks the library for its version",
        "health.health": "asks whether the database answers",
        "compiled_query.CompiledQuery.__call__": "runs again what Django's compiler wrote once",
        "cleanup._measure_tables": "ANALYZE, for which Django has no call",
        "impressions.without_waiting_for_the_disk": "PRAGMA synchronous, for which Django has no call",
        "impressions._insert": "the rows of a page of a feed, faster than Django writes them",
    },
    writing_of_images: {
        "editing.change": "the one writer of what is said about images",
        "editing._set_keywords": "the one writer of their keywords",
        "adding.add_images": "makes the images of an import",
        "adding._add_keywords": "with their keywords",
        "index._write_listings": "the narrow rows, for the writers above",
        "index.update_listings": "the colours among them",
        "index.update_means": "the ratings among them, for events",
        "index.index_images": "the search words, for the writers above",
        "events.record_view": "keeps the number of views",
        "events._count_ratings": "keeps the number and the sum of ratings",
        "events.set_favourites": "keeps the number of favourites",
        "events.recount": "counts all of them again after a user was deleted",
        "trending.refresh": "keeps what is popular",
    },
    trusted_markup: {
        "cached.Cached": "gives out again what the template inside it has rendered",
        "cards.GridCards": "gives out what the template of a card has rendered, with escaped values put in",
    },
}
