"""Pages of collections: the list of own and followed ones, one collection, and the sheet that adds an image
to collections."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gallery.browse.paging import page_number, page_of, page_or_cards
from gallery.collections import preview, services
from gallery.models import Collection, Follow, Image
from gallery.plumbing.access import MemberRequest, Request, render_page, signed_in
from gallery.plumbing.flags import parse_flag

_LISTED = 60  # of other people's collections in one list


def _with_covers(
    collections: Any, request: Request, most: int = _LISTED
) -> list[tuple[Collection, Image | None, int]]:
    shown = list(collections.select_related("owner")[:most])
    covers = services.covers(shown, request.user)
    return [(collection, *covers[collection.pk]) for collection in shown]


@require_safe
def collections(request: Request) -> HttpResponse:
    """The user's own collections, those the user follows, and the public ones."""
    public = Collection.objects.public().order_by("-changed_at")
    context: dict[str, Any] = {}
    if request.user.is_authenticated:
        mine = services.collections_of(request.user)
        followed = Collection.objects.open_to(request.user).filter(followers__user=request.user)
        public = public.exclude(owner=request.user).exclude(followers__user=request.user)
        context = {
            "mine": _with_covers(mine, request, services.MAX_COLLECTIONS),
            "followed": _with_covers(followed.order_by("name"), request, services.MAX_COLLECTIONS),
        }
    return render(request, "gallery/collections.html", context | {"public": _with_covers(public, request)})


@require_POST
@signed_in
def create(request: MemberRequest) -> HttpResponse:
    """Creates a collection; with `image` also adds that image to it."""
    collection = services.create(request.user, request.POST.get("name", ""), timezone.now())
    picture = request.POST.get("image", "")
    if not picture:
        return redirect(collection)
    services.add_to_collection(request.user, collection.token, picture, timezone.now())
    return _chooser_or_back(request, picture)


@require_safe
def collection(request: Request, token: str) -> HttpResponse:
    opened = Collection.objects.open_to(request.user).select_related("owner").get(token=token)
    page = page_of(services.images_of(opened, request.user), page_number(request), request.user, "collection")

    def page_context() -> dict[str, Any]:
        context: dict[str, Any] = {"collection": opened, "own": opened.owner_id == request.user.pk}
        context["count"] = services.images_of(opened, request.user).count()
        context["preview"] = preview.of_collection(opened)
        if request.user.is_authenticated:
            context["following"] = Follow.objects.filter(user=request.user, collection=opened).exists()
        return context

    return page_or_cards(request, "gallery/collection.html", page, page_context)


def _current_token(request: MemberRequest, token: str) -> str:
    """The token that replaced this one when the collection was made private: the owner may still have the old
    address, in another tab or in the browser's history."""
    moved = request.session.get("moved", {})
    while token in moved:
        token = moved[token]
    return token


@require_safe
@signed_in
def arrange(request: MemberRequest, token: str) -> HttpResponse:
    """The page on which the owner names, sorts and shares the collection."""
    token = _current_token(request, token)
    collection = Collection.objects.get(token=token, owner=request.user)
    images = services.images_of(collection, request.user).for_cards()[: services.MAX_IMAGES]
    link = request.build_absolute_uri(collection.get_absolute_url())
    context = {"collection": collection, "images": images, "sharings": Collection.Sharing, "link": link}
    return render(request, "gallery/collection_edit.html", context)


@require_POST
@signed_in
def edit(request: MemberRequest, token: str) -> HttpResponse:
    name, description, sharing = (request.POST.get(field, "") for field in ("name", "description", "sharing"))
    token = _current_token(request, token)
    changed = services.edit(request.user, token, name, description, sharing, timezone.now())
    if changed.token != token:
        request.session["moved"] = request.session.get("moved", {}) | {token: changed.token}
    messages.success(request, _("The collection is saved."))
    return redirect("gallery:collection_arrange", changed.token)


@require_POST
@signed_in
def order(request: MemberRequest, token: str) -> HttpResponse:
    """Saves the new order of all images (`image`, repeated), or moves one image (`move` is up:<id> or
    down:<id>)."""
    direction, _colon, picture = request.POST.get("move", "").partition(":")
    if direction in {"up", "down"}:
        services.move(request.user, token, picture, -1 if direction == "up" else 1)
    else:
        services.arrange(request.user, token, request.POST.getlist("image"))
    if request.htmx:
        return HttpResponse(status=204)
    return _arrange_at(token, f"item-{picture}")


def _arrange_at(token: str, fragment: str) -> HttpResponse:
    """Redirects to this part of the arranging page, whose list may be long."""
    return redirect(f"{reverse('gallery:collection_arrange', args=[token])}#{fragment}")


@require_POST
@signed_in
def cover(request: MemberRequest, token: str) -> HttpResponse:
    picture = request.POST.get("image", "")
    services.set_cover(request.user, token, picture)
    return _arrange_at(token, f"item-{picture}")


@require_POST
@signed_in
def delete(request: MemberRequest, token: str) -> HttpResponse:
    services.delete_collection(request.user, token)
    messages.success(request, _("The collection is deleted."))
    return redirect("gallery:collections")


@require_POST
@signed_in
def follow(request: MemberRequest, token: str) -> HttpResponse:
    """`on` is 1 or 0."""
    services.follow(request.user, token, parse_flag(request.POST.get("on", "")), timezone.now())
    return redirect("gallery:collection", token)


@require_safe
@signed_in
def choose(request: MemberRequest, public_id: str) -> HttpResponse:
    """The user's collections; those that contain this image are checked."""
    return _chooser(request, public_id)


def _chooser(request: MemberRequest, public_id: str) -> HttpResponse:
    image = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
    mine = services.collections_of(request.user)
    holding = set(
        Collection.objects.filter(owner=request.user, items__image=image).values_list("pk", flat=True)
    )
    context = {"image": image, "choices": [(collection, collection.pk in holding) for collection in mine]}
    return render_page(request, "gallery/collect.html", context)


def _chooser_or_back(request: MemberRequest, public_id: str) -> HttpResponse:
    if request.htmx:
        return _chooser(request, public_id)
    return redirect("gallery:collect", public_id)


@require_POST
@signed_in
def put(request: MemberRequest, token: str) -> HttpResponse:
    """`on` 1 adds the image, 0 removes it."""
    picture, wanted = request.POST.get("image", ""), parse_flag(request.POST.get("on", ""))
    if not wanted and request.POST.get("place") == "arrange":
        return _take_out(request, token, picture)
    if wanted:
        services.add_to_collection(request.user, token, picture, timezone.now())
    else:
        services.remove_from_collection(request.user, token, picture, timezone.now())
    return _chooser_or_back(request, picture)


def _take_out(request: MemberRequest, token: str, public_id: str) -> HttpResponse:
    """Removes an image on the arranging page, and continues there at the next image or else at the previous
    one."""
    collection = Collection.objects.get(token=token, owner=request.user)
    order = list(services.images_of(collection, request.user).values_list("public_id", flat=True))
    if services.remove_from_collection(request.user, token, public_id, timezone.now()):
        messages.success(request, _("Taken out of the collection."))
    index = order.index(public_id) if public_id in order else len(order) + 1
    neighbour = order[index + 1 : index + 2] or order[max(index - 1, 0) : index]
    return _arrange_at(token, f"item-{neighbour[0]}" if neighbour else "order-title")
