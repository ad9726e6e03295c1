"""Pages of images: explore, genres and the user's favourites."""

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from gallery.browse.genres import genres_known_to
from gallery.browse.paging import page_number, page_of, page_or_cards
from gallery.models import Genre, Image
from gallery.plumbing.access import MemberRequest, Request, signed_in


def _genres_with_covers() -> list[tuple[Genre, Image | None]]:
    """The genres with public images, each with its most popular image."""
    best = Image.objects.public().filter(genre=OuterRef("pk")).trending().values("pk")[:1]
    genres = list(Genre.objects.annotate(cover=Subquery(best)).exclude(cover=None))
    images = Image.objects.for_cards().in_bulk([genre.cover for genre in genres])
    return [(genre, images[genre.cover]) for genre in genres]


@require_safe
def explore(request: Request) -> HttpResponse:
    newest = request.GET.get("sort") == "newest"
    images = Image.objects.public().not_hidden_by(request.user).for_cards()
    page = page_of(
        images.newest() if newest else images.trending(), page_number(request), request.user, "explore"
    )
    return page_or_cards(
        request, "gallery/explore.html", page, lambda: {"genres": _genres_with_covers(), "newest": newest}
    )


@require_safe
def genre(request: Request, slug: str) -> HttpResponse:
    chosen = get_object_or_404(genres_known_to(request.user), slug=slug)
    newest = request.GET.get("sort") == "newest"
    images = Image.objects.visible(request.user).not_hidden_by(request.user).filter(genre=chosen).for_cards()
    page = page_of(
        images.newest() if newest else images.trending(), page_number(request), request.user, "explore"
    )
    return page_or_cards(request, "gallery/genre.html", page, lambda: {"genre": chosen, "newest": newest})


@require_safe
@signed_in
def favourites(request: MemberRequest) -> HttpResponse:
    images = Image.objects.visible(request.user).filter(favourites__user=request.user).for_cards()
    ordered = images.order_by("-favourites__at", "-favourites__id")
    page = page_of(ordered, page_number(request), request.user, "favourites")
    return page_or_cards(request, "gallery/favourites.html", page)
