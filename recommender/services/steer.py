"""How a user steers the feed: genres, discovery, pauses and deletion. The next page follows every change."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gallery.acts import events
from gallery.browse.genres import genres_known_to, genres_shown_to
from gallery.models import Genre, Image
from gallery.plumbing.errors import BadValue
from recommender.data.steering import wishes_of
from recommender.models import (
    Agents,
    AgentStep,
    ClassicAgents,
    Exposure,
    Feed,
    FirstPicks,
    GenrePreference,
    GenreStance,
    Impression,
    ItemPreference,
    Pause,
    Slate,
    Steering,
)
from recommender.services import job_requests
from recommender.services.night import preferences


@dataclass(frozen=True)
class SteeringState:
    """The state of the controls. `genres` are all genres with images that the user may see, each with its
    stance ("" for none)."""

    genres: list[tuple[Genre, str]]
    discovery: int
    paused_since: datetime | None


def state_of(user: User) -> SteeringState:
    wishes = wishes_of(user.pk)
    stances = dict.fromkeys(wishes.muted, "muted") | dict.fromkeys(wishes.pinned, "pinned")
    genres = sorted(genres_shown_to(user), key=str)
    since = Pause.objects.filter(user=user, until=None).values_list("since", flat=True).first()
    return SteeringState([(genre, stances.get(genre.pk, "")) for genre in genres], wishes.discovery, since)


def genre_of(user: User, slug: str) -> Genre:
    """A genre that the user may see, or has viewed, rated, muted or pinned. Raises Genre.DoesNotExist for
    other genres, so that hidden genres are not disclosed."""
    known = Q(pk__in=genres_known_to(user).values("pk"))
    known |= Q(pk__in=user.views.values("image__genre")) | Q(pk__in=user.ratings.values("image__genre"))
    return Genre.objects.filter(known | Q(pk__in=GenreStance.objects.filter(user=user).values("genre"))).get(
        slug=slug
    )


def set_stance(user: User, slug: str, stance: str) -> None:
    """Mutes or pins a genre; an empty stance removes both. Raises BadValue, Genre.DoesNotExist."""
    if stance not in {"", *GenreStance.Stance.values}:
        raise BadValue(_("A genre is muted, pinned, or neither."))
    genre = genre_of(user, slug)
    with transaction.atomic():
        if stance:
            GenreStance.objects.update_or_create(user=user, genre=genre, defaults={"stance": stance})
        else:
            GenreStance.objects.filter(user=user, genre=genre).delete()
        job_requests.request_learning(user.pk)


def set_discovery(user: User, text: str) -> None:
    """`text` is a whole number from 0 to 100. Raises BadValue."""
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100):
        raise BadValue(_("Discovery is a whole number from 0 to 100."))
    Steering.objects.update_or_create(user=user, defaults={"discovery": int(text)})


def start_pause(user: User, now: datetime) -> None:
    Pause.objects.get_or_create(user=user, until=None, defaults={"since": now})


def end_pause(user: User, now: datetime) -> None:
    """Ends the pause. Ratings made in it are learnt from now on, views never."""
    with transaction.atomic():
        Pause.objects.filter(user=user, until=None).update(until=now)
        job_requests.request_learning(user.pk)


def update_after_deletion(user_id: int, now: datetime) -> None:
    """Updates weekly preferences and slate after the user deleted events from the history."""
    preferences.update_genres(user_id, now)
    job_requests.request_learning(user_id)


def forget_genre(user: User, slug: str) -> None:
    """Deletes everything in one genre that the recommender learns from. Raises Genre.DoesNotExist."""
    genre = genre_of(user, slug)
    images = Image.objects.filter(genre=genre)
    with transaction.atomic():
        Impression.objects.filter(feed__user=user, image__genre=genre).delete()
        ItemPreference.objects.filter(user=user, image__genre=genre).delete()
        GenreStance.objects.filter(user=user, genre=genre).delete()
        picks = FirstPicks.objects.filter(user=user).first()
        if picks:
            picks.genres.remove(genre)
            picks.images.remove(*picks.images.filter(genre=genre))
        events.forget_taste(user, images)


def forget_all(user: User) -> None:
    """Deletes everything that was learnt about the user. Favourites and collections stay."""
    with transaction.atomic():
        for model in (
            Slate,
            AgentStep,
            Agents,
            ClassicAgents,
            Exposure,
            Feed,
            GenrePreference,
            ItemPreference,
            GenreStance,
            Steering,
            FirstPicks,
        ):
            model._default_manager.filter(user=user).delete()
        Pause.objects.filter(user=user).exclude(until=None).delete()
        events.forget_taste(user)
