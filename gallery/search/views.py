"""The search page, suggestions while typing, search by a picture, and saved searches."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from gallery.browse.genres import genres_shown_to
from gallery.browse.paging import page_number, page_of_ids, page_or_cards
from gallery.ingest.errors import Refused
from gallery.ingest.gate import refusal_sentence
from gallery.models import SavedSearch
from gallery.plumbing import rate_limits
from gallery.plumbing.access import MemberRequest, Request, refuse, signed_in
from gallery.plumbing.errors import BadValue
from gallery.search import decode_limits
from gallery.search.by_picture import to_address
from gallery.search.forms import SearchForm
from gallery.search.query import COUNT_LIMIT, find_images
from gallery.search.suggestions import suggestions

PICTURE_SEARCHES, PICTURE_SECONDS = 10, 60  # searches by a picture in so many seconds
MOST_SAVED = 50
MAX_PICTURE_BYTES = 20_000_000  # of a picture to search by
AGAIN = 30  # seconds after which a visitor may try again if no slot was free


@require_safe
def search(request: Request) -> HttpResponse:
    form = SearchForm(request.GET, request.user)
    if not form.is_valid():
        return refuse(request, form.first_error)
    query = form.query()
    results = find_images(query, request.user)
    page = page_of_ids(results.ids, page_number(request), request.user, "search")

    def page_context() -> dict[str, Any]:
        other_fields = [
            (name, value)
            for name, value in request.GET.items()
            if name not in {"since", "until", "stars", "page"}
        ]
        context = {
            "genres": genres_shown_to(request.user),
            "count": results.count(),
            "many": COUNT_LIMIT,
            "other_fields": other_fields,
        }
        return context | {"form": form, "query": query, "query_string": request.GET.urlencode()}

    return page_or_cards(request, "gallery/search.html", page, page_context)


@require_safe
def suggest(request: Request) -> HttpResponse:
    """The list below the search box."""
    text = request.GET.get("q", "")[:100].replace("\0", "")
    return render(request, "gallery/_suggestions.html", {"suggestions": suggestions(text, request.user)})


def _to_search(request: Request, query: str) -> HttpResponse:
    """Redirects to the search. Script sends the forms of the search's panels where it runs, so that errors
    appear beside them."""
    address = f"{reverse('gallery:search')}?{query}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_POST
def by_picture(request: Request) -> HttpResponse:
    """Computes the descriptor of the picture, and redirects to a search whose address contains it; the
    picture is not stored."""
    file = request.FILES.get("picture")
    if not isinstance(file, UploadedFile):
        raise BadValue(_("Choose a picture to search by."))
    if (file.size or 0) > MAX_PICTURE_BYTES:
        raise BadValue(
            _("The picture is larger than %(most)d MB.") % {"most": MAX_PICTURE_BYTES // 1_000_000}
        )
    if not rate_limits.allowed(request, "picture", PICTURE_SEARCHES, PICTURE_SECONDS):
        return render(request, "429.html", status=429)
    try:
        digest = decode_limits.digest_of(file)
    except Refused as refused:
        raise BadValue(refusal_sentence(refused)) from None
    except decode_limits.Busy:
        answer = refuse(
            request, _("Many pictures are being looked at just now. Try again in half a minute."), 503
        )
        answer["Retry-After"] = str(AGAIN)
        return answer
    return _to_search(request, urlencode({"look": to_address(digest.descriptor)}))


def _checked(text: str, user: User) -> str:
    """The query string without the page. Raises BadValue if it is not a search."""
    query = QueryDict(urlsplit(text).query, mutable=True)
    query.pop("page", None)
    query_string = query.urlencode()
    if len(query_string) > 1000 or not SearchForm(query, user).is_valid():
        raise BadValue(_("This search cannot be kept."))
    return query_string


@require_POST
@signed_in
def save(request: MemberRequest) -> HttpResponse:
    name = request.POST.get("name", "").strip()
    if not 0 < len(name) <= 60 or "\0" in name:
        raise BadValue(_("A search is kept under a name of 1 to 60 characters."))
    query = _checked("?" + request.POST.get("query", ""), request.user)
    mine = SavedSearch.objects.filter(user=request.user)
    if mine.count() >= MOST_SAVED:
        raise BadValue(_("You keep %(most)d searches already; delete one first.") % {"most": MOST_SAVED})
    try:
        with transaction.atomic():
            SavedSearch.objects.create(user=request.user, name=name, query=query, at=timezone.now())
    except IntegrityError:
        raise BadValue(_("You keep a search of this name already.")) from None
    messages.success(request, _("The search is kept as “%(name)s”.") % {"name": name})
    return _to_search(request, query)


@require_safe
@signed_in
def saved(request: MemberRequest) -> HttpResponse:
    searches = SavedSearch.objects.filter(user=request.user).order_by("name")
    return render(request, "gallery/saved_searches.html", {"searches": searches})


@require_POST
@signed_in
def delete_search(request: MemberRequest, number: int) -> HttpResponse:
    get_object_or_404(SavedSearch, pk=number, user=request.user).delete()
    messages.success(request, _("The search is deleted."))
    return redirect("gallery:saved_searches")
