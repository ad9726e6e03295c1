"""The admin's menu, which leads to everything that its first page does not show."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _l

IMPORT = "import"  # an entry of the menu that is no list of a model
MENU = (
    (None, (("", _l("Dashboard"), "monitoring"),)),
    (
        _l("Gallery"),
        (
            ("gallery.image", _l("Images"), "photo_library"),
            ("gallery.genre", _l("Genres"), "category"),
            ("gallery.keyword", _l("Keywords"), "sell"),
            ("gallery.report", _l("Reports"), "flag"),
            ("gallery.collection", _l("Shared collections"), "collections_bookmark"),
            (IMPORT, _l("Import a folder"), "drive_folder_upload"),
        ),
    ),
    (
        _l("What people did"),
        (
            ("gallery.view", _l("Views"), "visibility"),
            ("gallery.rating", _l("Ratings"), "star"),
            ("gallery.ratingchange", _l("Rating changes"), "history"),
            ("gallery.favourite", _l("Favourites"), "favorite"),
            ("gallery.hide", _l("Hidden images"), "visibility_off"),
        ),
    ),
    (
        _l("Recommender"),
        (
            ("recommender.version", _l("Model versions"), "deployed_code"),
            ("recommender.agents", _l("Agents"), "smart_toy"),
            ("recommender.agentstep", _l("Agent steps"), "steps"),
            ("recommender.impression", _l("Impressions"), "dynamic_feed"),
        ),
    ),
    (
        _l("Running the site"),
        (
            ("gallery.job", _l("Jobs"), "list_alt"),
            ("auth.user", _l("People"), "person"),
            ("auth.group", _l("Groups"), "group"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's sidebar: what this person may open, and nothing else."""
    groups = []
    for title, entries in MENU:
        items = [_entry(request, *entry) for entry in entries if _may_open(request, entry[0])]
        groups.append({"title": title, "separator": title is not None, "items": items})
    return groups


def _may_open(request: HttpRequest, model: str) -> bool:
    if model == IMPORT:
        return request.user.has_perm("gallery.add_image")
    app, _dot, name = model.partition(".")
    return not model or any(request.user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))


def _entry(request: HttpRequest, model: str, title: Any, icon: str) -> dict[str, Any]:
    if model == IMPORT:
        link = reverse("admin:gallery_image_import_folder")
    else:
        link = reverse(f"admin:{model.replace('.', '_')}_changelist" if model else "admin:index")
    return {"title": title, "icon": icon, "link": link, "active": _here(request) == model}


def _here(request: HttpRequest) -> str:
    """The menu's entry of the page that is open: the import lies below the images' address."""
    page = (request.resolver_match and request.resolver_match.url_name) or ""
    if page.startswith("gallery_image_import"):
        return IMPORT
    app, _line, name = page.partition("_")
    return "" if page == "index" else f"{app}.{name.partition('_')[0]}"
