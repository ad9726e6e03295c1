"""The personal pages: for you, why, similar, taste, welcome. Each calls one service."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from gallery.browse.cards import Card, cards_for, said_of
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

RAIL = 12  # pictures of the strip on other pages
LOOKS = 15  # how often, a second apart, a page asks whether the worker has learnt


def _cards(feed: recommend.FeedPage, user: User) -> list[Card]:
    ratings, favourites = said_of([item.image for item in feed.items], user)
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
    """The feed; `?cursor=` is the next page of one that was begun,
    `?rail=1` a strip of it for other pages."""
    rail = request.htmx and "rail" in request.GET
    try:
        size = RAIL if rail else recommend.PAGE_SIZE
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
    return render_page(request, "recommender/for_you.html", context, whole=whole, fragment=fragment)


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


def _keep_answers(user: User, sent: QueryDict) -> None:
    """All of them or none. Raises BadValue."""
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
    """A few genres and pictures to begin with; an empty choice skips the step. What was wrong is said above
    the form as it was filled in."""
    user, sent = request.user, request.POST
    picks, said, wrong = first_picks.saved_choices(user), demographics.answers_of(user), ""
    if request.method == "POST":
        if "forget" in sent:
            demographics.forget(user)
            return redirect("recommender:welcome")
        picks = first_picks.PickChoices(frozenset(sent.getlist("genre")), frozenset(sent.getlist("image")))
        try:
            _keep_answers(user, sent)
            return redirect("recommender:for_you")
        except BadValue as error:
            wrong = str(error)
    cards = cards_for(first_picks.candidates(user), user, Source.WELCOME)
    genres = Genre.objects.filter(images__in=Image.objects.public()).distinct()
    context = {"cards": cards, "genres": genres, "picks": picks, "about": said, "choices": Demographics}
    context |= {"wrong": wrong, "said": sent if wrong else said}
    return render(request, "recommender/welcome.html", context, status=400 if wrong else 200)


@require_safe
@signed_in
def rate_mode(request: MemberRequest) -> HttpResponse:
    """Begins a sitting; its address stays, so that loading it again goes on with the same pictures."""
    if in_private(request):
        return render(request, "recommender/rating_waits.html")
    token = rating_session.start_session(request.user, timezone.now())
    if token is None:
        return render(request, "recommender/nothing_to_rate.html")
    return redirect("recommender:rating_session", token)


def _small_number(request: Request, name: str) -> int:
    """A number below 100 in the address; 0 for anything else."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


@require_safe
@signed_in
def rating_session_page(request: MemberRequest, token: str) -> HttpResponse:
    """The pictures of a sitting that are not rated yet; without script one after another,
    `?from=` goes past some."""
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
    """What a sitting taught; asks again while the worker is at it."""
    try:
        learnt = rating_session.summary(request.user, token)
    except recommend.UnknownCursor:
        return redirect("recommender:rate_mode")
    look = _small_number(request, "look") + 1
    context = {"learnt": learnt, "token": token, "look": look, "again": learnt.pending and look <= LOOKS}
    return render_page(request, "recommender/learnt.html", context)
