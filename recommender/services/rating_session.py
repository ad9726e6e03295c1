"""Rate mode. A rating session is a feed of images that the user has not opened; a summary shows what was
learnt from their ratings."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Avg, Count, F, QuerySet, Value
from django.db.models.functions import Abs

from gallery.models import Genre, Job, Rating, RatingChange
from recommender import sources
from recommender.data import artifacts
from recommender.data.experiments import arm_of, running
from recommender.engine.agents import weights_from_states
from recommender.engine.arms import HINDSIGHT
from recommender.kinds import LEARN
from recommender.models import AgentMove, Feed
from recommender.services.recommend import FeedPage, UnknownCursor, feed_page
from recommender.services.taste import steps_of_current
from recommender.sources.base import Source

SESSION_LENGTH = 20  # images of one session


@dataclass(frozen=True)
class GenreMean:
    """The mean rating of a genre in a session."""

    genre: Genre
    mean: float
    count: int


@dataclass(frozen=True)
class Moved:
    """The weight of an agent before and after a session."""

    source: Source
    before: float
    after: float


@dataclass(frozen=True)
class SessionSummary:
    """What was learnt in a session. `agents` is empty if no agent took a step. `mae` is the mean absolute
    error over the `judged` ratings, those with a prediction. `pending` means that a worker is still
    learning."""

    rated: int
    of: int
    genres: list[GenreMean]
    agents: list[Moved]
    mae: float | None
    judged: int
    pending: bool

    @property
    def stayed(self) -> bool:
        return all(one.before == one.after for one in self.agents)

    @property
    def gained(self) -> Source | None:
        """The source whose weight rose most; None if no weight rose."""
        most = max(self.agents, key=lambda one: one.after - one.before)
        return most.source if most.after > most.before else None

    @property
    def lost(self) -> Source | None:
        """The source whose weight fell most; None if no weight fell."""
        most = min(self.agents, key=lambda one: one.after - one.before)
        return most.source if most.after < most.before else None


def token_of(page: FeedPage) -> str:
    return page.cursor.rpartition(".")[0]


def start_session(user: User, now: datetime) -> str | None:
    """The token of a new session; None if there is nothing left to rate."""
    page = feed_page(user, None, now, SESSION_LENGTH, only_unseen=True)
    return token_of(page) if page.items else None


def pictures_from(user: User, token: str, start: int, now: datetime) -> FeedPage:
    """The images of a session from a position on; each call gives the same ones. Raises UnknownCursor."""
    size = SESSION_LENGTH - min(start, SESSION_LENGTH)
    return feed_page(user, f"{token}.{start}", now, size, only_unseen=True)


def summary(user: User, token: str) -> SessionSummary:
    """The summary of a session. Raises UnknownCursor."""
    feed = Feed.objects.filter(user=user, token=token).first()
    if feed is None:
        raise UnknownCursor("There is no such rating session.")
    shown = feed.impressions.values("image")
    ratings = Rating.objects.filter(user=user, image__in=shown, updated_at__gte=feed.started_at)
    changes = RatingChange.objects.filter(user=user, image__in=shown, at__gte=feed.started_at)
    error = Avg(Abs(F("blend") - F("satisfaction") + Value(0.0)))
    errors = steps_of_current(changes).filter(blend__isnull=False).aggregate(mae=error, judged=Count("pk"))
    unread = changes.filter(agent_step=None, new__isnull=False).exists()  # a removed rating teaches nothing
    return SessionSummary(
        rated=ratings.count(),
        of=feed.impressions.count(),
        genres=_genres(ratings),
        agents=_agents(user, AgentMove.objects.filter(step__user=user, step__change__in=changes)),
        mae=errors["mae"],
        judged=errors["judged"],
        pending=unread and artifacts.current_version() is not None and _is_learning(user),
    )


def _agents(user: User, moves: QuerySet[AgentMove]) -> list[Moved]:
    """The agents of all sources that predicted something in the session; none if an experiment gives the
    user's sources other weights than the agents."""
    if arm_of(user.pk, running()) != HINDSIGHT:
        return []
    found = []
    for source in sources.SOURCES:
        own = moves.filter(source=source.name).order_by("step")
        first, last = own.first(), own.last()
        if first and last and own.filter(predicted__isnull=False).exists():
            before, after = weights_from_states((first.state, last.next_state))
            found.append(Moved(source, before, after))
    return found


def _is_learning(user: User) -> bool:
    """Whether a learning job of the user is due or running. Ratings that wait for the next night or for the
    end of a pause have no such job."""
    waits = Job.objects.kind(LEARN, key=str(user.pk), state__in=[Job.State.DUE, Job.State.RUNNING])
    return waits.exists()


def _genres(ratings: QuerySet[Rating]) -> list[GenreMean]:
    """The mean rating of each genre, the highest first."""
    means = ratings.order_by().values("image__genre").annotate(mean=Avg("value"), n=Count("pk"))
    rows = list(means.order_by("-mean", "-n").values_list("image__genre", "mean", "n"))
    named = Genre.objects.in_bulk([genre for genre, _, _ in rows])
    return [GenreMean(named[genre], mean, n) for genre, mean, n in rows]
