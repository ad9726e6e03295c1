"""The controls with which a user steers the feed, on the taste page. Each response is the updated part of
that page."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gallery.plumbing import jobs
from gallery.plumbing.access import PRIVATE, MemberRequest, previous_page, signed_in
from gallery.plumbing.flags import parse_flag
from recommender.kinds import LEARN
from recommender.services import recommend, steer


def _answer(request: MemberRequest, sentence: str) -> HttpResponse:
    jobs.nudge_on_commit(LEARN, str(request.user.pk))
    if not request.htmx:
        return redirect(f"{reverse('recommender:taste')}#steering")
    return render(
        request,
        "recommender/_steering.html",
        {"steering": steer.state_of(request.user), "sentence": sentence},
    )


@require_POST
@signed_in
def genre(request: MemberRequest) -> HttpResponse:
    """`genre` by its slug; `stance` is muted, pinned or empty."""
    stance = request.POST.get("stance", "")
    steer.set_stance(request.user, request.POST.get("genre", ""), stance)
    sentences = {
        "muted": _("Muted. It is gone from your feed."),
        "pinned": _("Pinned. It comes sooner in your feed."),
    }
    return _answer(request, sentences.get(stance, _("Back as it was.")))


@require_POST
@signed_in
def discovery(request: MemberRequest) -> HttpResponse:
    steer.set_discovery(request.user, request.POST.get("discovery", ""))
    return _answer(request, _("Your next page follows it."))


@require_POST
@signed_in
def pause(request: MemberRequest) -> HttpResponse:
    if parse_flag(request.POST.get("on", "")):
        steer.start_pause(request.user, timezone.now())
        return _answer(request, _("Learning is paused."))
    steer.end_pause(request.user, timezone.now())
    return _answer(request, _("Learning goes on."))


@require_POST
@signed_in
def private(request: MemberRequest) -> HttpResponse:
    """Starts or ends a private session of this browser. At the end, its feeds are deleted."""
    if parse_flag(request.POST.get("on", "")):
        request.session[PRIVATE] = timezone.now().isoformat()
    else:
        request.session.pop(PRIVATE, None)
        recommend.end_private(request.user)
    return redirect(previous_page(request, reverse("recommender:taste")))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def reset(request: MemberRequest) -> HttpResponse:
    """GET asks for confirmation, POST deletes. `genre` is the slug of one genre; without it, everything is
    deleted."""
    slug = (request.POST if request.method == "POST" else request.GET).get("genre", "")
    if request.method != "POST":
        chosen = steer.genre_of(request.user, slug) if slug else None
        return render(request, "recommender/reset.html", {"genre": chosen})
    if slug:
        steer.forget_genre(request.user, slug)
        jobs.nudge_on_commit(LEARN, str(request.user.pk))
        return redirect("recommender:taste")
    steer.forget_all(request.user)
    return redirect("recommender:welcome")
