"""Looking around: explore, genres, search and one's own favourites."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from gallery import search as searching
from gallery.access import MemberRequest, Request, answers_in_words, refuse, signed_in
from gallery.forms import SearchForm
from gallery.listing import genres_known_to, genres_shown_to
from gallery.models import Genre, Image
from gallery.paging import Page, page_number, page_of, page_of_ids, refuse_past_the_end


def _page_or_cards(request: Request, template: str, page: Page, **context: Any) -> HttpResponse:
    """The whole page, or only the next cards for the end of a grid that is already there."""
    if request.htmx:
        return render(request, "gallery/_cards.html", {"page": page})
    refuse_past_the_end(page.number, page.cards)
    return render(request, template, context | {"page": page})


def _genres_with_covers() -> list[tuple[Genre, Image | None]]:
    """Every genre that has something public, with its most popular image."""
    best = Image.objects.public().filter(genre=OuterRef("pk")).trending().values("pk")[:1]
    genres = list(Genre.objects.annotate(cover=Subquery(best)).exclude(cover=None))
    images = Image.objects.for_cards().in_bulk([genre.cover for genre in genres])
    return [(genre, images[genre.cover]) for genre in genres]


@require_safe
@answers_in_words
def explore(request: Request) -> HttpResponse:
    newest = request.GET.get("sort") == "newest"
    images = Image.objects.public().not_hidden_by(request.user).for_cards()
    page = page_of(images.newest() if newest else images.trending(), page_number(request), request.user, "explore")
    genres = [] if request.htmx else _genres_with_covers()
    return _page_or_cards(request, "gallery/explore.html", page, genres=genres, newest=newest)


@require_safe
@answers_in_words
def genre(request: Request, slug: str) -> HttpResponse:
    chosen = get_object_or_404(genres_known_to(request.user), slug=slug)
    newest = request.GET.get("sort") == "newest"
    images = Image.objects.visible(request.user).not_hidden_by(request.user).filter(genre=chosen).for_cards()
    page = page_of(images.newest() if newest else images.trending(), page_number(request), request.user, "explore")
    return _page_or_cards(request, "gallery/genre.html", page, genre=chosen, newest=newest)


@require_safe
@answers_in_words
def search(request: Request) -> HttpResponse:
    form = SearchForm(request.GET, request.user)
    if not form.is_valid():
        return refuse(request, form.first_error)
    query = form.query()
    found = searching.search(query, request.user)
    page = page_of_ids(found.ids, page_number(request), request.user, "search")
    context: dict[str, Any] = {"form": form, "query": query}
    if not request.htmx:
        kept = [(name, value) for name, value in request.GET.items() if name not in {"since", "until", "stars", "page"}]
        query_string = request.GET.urlencode()
        context |= {"genres": genres_shown_to(request.user), "count": found.count(), "many": searching.MANY}
        context |= {"kept": kept, "query_string": query_string}
    return _page_or_cards(request, "gallery/search.html", page, **context)


@require_safe
@signed_in
@answers_in_words
def favourites(request: MemberRequest) -> HttpResponse:
    images = Image.objects.visible(request.user).filter(favourites__user=request.user).for_cards()
    ordered = images.order_by("-favourites__at", "-favourites__id")
    page = page_of(ordered, page_number(request), request.user, "favourites")
    return _page_or_cards(request, "gallery/favourites.html", page)
