"""The personal pages: for you, why, similar, taste, welcome, rate mode. Each view calls one service."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from gallery.browse.cards import Card, cards_for, ratings_and_favourites
from gallery.models import Genre, Image, Source
from gallery.plumbing.access import MemberRequest, Request, in_private, render_page, signed_in
from gallery.plumbing.errors import BadValue
from recommender import explanation_text, taste_charts
from recommender.models import Demographics, Impression
from recommender.services import (
    demographics,
    explanation,
    first_picks,
    rating_session,
    recommend,
    steer,
    taste,
)

RAIL_LENGTH = 12  # pictures in the strip on other pages
MAX_LOOKS = 15  # the summary asks so many times, once a second, whether the worker is done


def _cards(feed: recommend.FeedPage, user: User) -> list[Card]:
    ratings, favourites = ratings_and_favourites([item.image for item in feed.items], user)
    return [
        Card(
            one.image,
            ratings.get(one.image.pk),
            one.image.pk in favourites,
            one.explored,
            one.position,
            Source.FEED,
        )
        for one in feed.items
    ]


@require_safe
@signed_in
def for_you(request: MemberRequest) -> HttpResponse:
    """The feed. `?cursor=` asks for the next page of a feed, `?rail=1` for a strip that other pages show."""
    rail = request.htmx and "rail" in request.GET
    try:
        size = RAIL_LENGTH if rail else recommend.PAGE_SIZE
        private = in_private(request)
        feed = recommend.feed_page(
            request.user, request.GET.get("cursor"), timezone.now(), size=size, private=private
        )
    except recommend.UnknownCursor:
        if request.htmx:
            return render(request, "recommender/_feed_ended.html")
        return redirect("recommender:for_you")
    context = {"feed": feed, "cards": _cards(feed, request.user)}

    def whole() -> dict[str, Any]:
        welcomed = feed.rung == Impression.Rung.HYBRID or first_picks.is_done(request.user)
        beside = feed.rung in {Impression.Rung.FIRST_PICKS, Impression.Rung.VIEWS} and demographics.counts(
            request.user
        )
        return {"welcomed": welcomed, "beside": beside}

    fragment = "recommender/_rail.html" if rail else "recommender/_feed_cards.html"
    return render_page(request, "recommender/for_you.html", context, page_context=whole, fragment=fragment)


def _visible(request: Request, public_id: str) -> Image:
    return Image.objects.visible(request.user).select_related("genre").get(public_id=public_id)


@require_safe
@signed_in
def why(request: MemberRequest, public_id: str) -> HttpResponse:
    image = _visible(request, public_id)
    found = explanation.explain(request.user, image, timezone.now())
    panel = None if found is None else explanation_text.panel(found)
    context = {"image": image, "why": found, "panel": panel}
    return render_page(request, "recommender/why.html", context)


@require_safe
def similar(request: Request, public_id: str) -> HttpResponse:
    image = _visible(request, public_id)
    cards = cards_for(recommend.similar_images(request.user, image), request.user, Source.SIMILAR)
    context = {"image": image, "cards": cards}
    return render_page(request, "recommender/similar.html", context)


@require_safe
@signed_in
def taste_page(request: MemberRequest) -> HttpResponse:
    learnt = taste.taste_of(request.user, timezone.now())
    context = {
        "taste": learnt,
        "charts": taste_charts.charts_of(learnt),
        "steering": steer.state_of(request.user),
    }
    return render(request, "recommender/taste.html", context)


def _store_answers(user: User, sent: QueryDict) -> None:
    """Stores demographics and picks together, or neither. Raises BadValue."""
    now = timezone.now()
    with transaction.atomic():
        if "skip" in sent:
            first_picks.store_picks(user, [], [], now)
        else:
            demographics.store_demographics(user, sent, now)
            first_picks.store_picks(user, sent.getlist("genre"), sent.getlist("image"), now)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def welcome_page(request: MemberRequest) -> HttpResponse:
    """The form for first picks and demographics. An empty choice skips it. After invalid input, the form
    appears as the user filled it in, with an error message above it."""
    user, sent = request.user, request.POST
    picks, answers, error = first_picks.saved_choices(user), demographics.answers_of(user), ""
    if request.method == "POST":
        if "forget" in sent:
            demographics.forget(user)
            return redirect("recommender:welcome")
        picks = first_picks.PickChoices(frozenset(sent.getlist("genre")), frozenset(sent.getlist("image")))
        try:
            _store_answers(user, sent)
            return redirect("recommender:for_you")
        except BadValue as invalid:
            error = str(invalid)
    cards = cards_for(first_picks.candidates(user), user, Source.WELCOME)
    genres = Genre.objects.filter(images__in=Image.objects.public()).distinct()
    context = {"cards": cards, "genres": genres, "picks": picks, "about": answers, "choices": Demographics}
    context |= {"error": error, "answers": sent if error else answers}
    return render(request, "recommender/welcome.html", context, status=400 if error else 200)


@require_safe
@signed_in
def rate_mode(request: MemberRequest) -> HttpResponse:
    """Starts a rating session. The session has its own address, so a reload shows the same pictures."""
    if in_private(request):
        return render(request, "recommender/rating_waits.html")
    token = rating_session.start_session(request.user, timezone.now())
    if token is None:
        return render(request, "recommender/nothing_to_rate.html")
    return redirect("recommender:rating_session", token)


def _small_number(request: Request, name: str) -> int:
    """A parameter of the address as a number below 100; 0 for any other text."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


@require_safe
@signed_in
def rating_session_page(request: MemberRequest, token: str) -> HttpResponse:
    """The pictures of a rating session that the user has not rated. Without JavaScript, `?from=` skips the
    first ones."""
    if in_private(request):
        return render(request, "recommender/rating_waits.html")
    try:
        page = rating_session.pictures_from(
            request.user, token, _small_number(request, "from"), timezone.now()
        )
    except recommend.UnknownCursor:
        return redirect("recommender:rate_mode")
    cards = [card for card in _cards(page, request.user) if card.rating is None]
    if not cards:
        return redirect("recommender:learnt", token)
    first, last = cards[0].position, cards[-1].position
    context = {"cards": cards, "token": token, "number": first + 1, "length": last + 1}
    return render(request, "recommender/rating_session.html", context)


@require_safe
@signed_in
def learnt_page(request: MemberRequest, token: str) -> HttpResponse:
    """The summary of a rating session. The page asks again while the worker is still learning."""
    try:
        learnt = rating_session.summary(request.user, token)
    except recommend.UnknownCursor:
        return redirect("recommender:rate_mode")
    look = _small_number(request, "look") + 1
    context = {"learnt": learnt, "token": token, "look": look, "again": learnt.pending and look <= MAX_LOOKS}
    return render_page(request, "recommender/learnt.html", context)
