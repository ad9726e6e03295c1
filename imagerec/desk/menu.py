"""The menu of the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

IMPORT = "import"  # the only entry that is not a list of a model
MENU = (
    (None, (("", _("Dashboard"), "monitoring"),)),
    (
        _("Gallery"),
        (
            ("gallery.image", _("Images"), "photo_library"),
            ("gallery.genre", _("Genres"), "category"),
            ("gallery.keyword", _("Keywords"), "sell"),
            ("gallery.report", _("Reports"), "flag"),
            ("gallery.collection", _("Shared collections"), "collections_bookmark"),
            (IMPORT, _("Import a folder"), "drive_folder_upload"),
        ),
    ),
    (
        _("What people did"),
        (
            ("gallery.view", _("Views"), "visibility"),
            ("gallery.rating", _("Ratings"), "star"),
            ("gallery.ratingchange", _("Rating changes"), "history"),
            ("gallery.favourite", _("Favourites"), "favorite"),
            ("gallery.hide", _("Hidden images"), "visibility_off"),
        ),
    ),
    (
        _("Recommender"),
        (
            ("recommender.version", _("Model versions"), "deployed_code"),
            ("recommender.experiment", _("Experiments"), "science"),
            ("recommender.agents", _("Agents"), "smart_toy"),
            ("recommender.agentstep", _("Agent steps"), "steps"),
            ("recommender.impression", _("Impressions"), "dynamic_feed"),
        ),
    ),
    (
        _("Running the site"),
        (
            ("gallery.job", _("Jobs"), "list_alt"),
            ("auth.user", _("People"), "person"),
            ("auth.group", _("Groups"), "group"),
            ("gallery.accountweight", _("Weights of accounts"), "balance"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's sidebar: the entries that this user may open."""
    groups = []
    for title, entries in MENU:
        items = [_entry(request, *entry) for entry in entries if _may_open(request, entry[0])]
        groups.append({"title": title, "separator": title is not None, "items": items})
    return groups


def _may_open(request: HttpRequest, model: str) -> bool:
    if model == IMPORT:
        return request.user.has_perm("gallery.add_image")
    app, _separator, name = model.partition(".")
    return not model or any(request.user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))


def _entry(request: HttpRequest, model: str, title: Any, icon: str) -> dict[str, Any]:
    if model == IMPORT:
        link = reverse("admin:gallery_image_import_folder")
    else:
        link = reverse(f"admin:{model.replace('.', '_')}_changelist" if model else "admin:index")
    return {"title": title, "icon": icon, "link": link, "active": _open_entry(request) == model}


def _open_entry(request: HttpRequest) -> str:
    """The menu entry of the open page. The address of the import begins like that of the images."""
    page = (request.resolver_match and request.resolver_match.url_name) or ""
    if page.startswith("gallery_image_import"):
        return IMPORT
    app, _separator, name = page.partition("_")
    return "" if page == "index" else f"{app}.{name.partition('_')[0]}"
