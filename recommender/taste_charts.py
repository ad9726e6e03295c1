"""The charts of the page "My taste": lines of what the recommender learnt about the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from recommender import charts
from recommender.services.taste import WINDOW, GenreSeries, Taste, WeightSeries

MOST_OFF = 2  # stars: the top of the error chart; larger errors are drawn at the top
TICKS = 5  # at most, on the horizontal axis


@dataclass(frozen=True)
class Tick:
    """`at` is the distance from the left or from the top, in per cent of the axis."""

    at: str
    label: str


@dataclass(frozen=True)
class Series:
    name: str
    tone: str
    line: charts.Curve


@dataclass(frozen=True)
class Chart:
    """`across` and `up` are the ticks of the horizontal and vertical axis. `start` is the number of the first
    value."""

    series: list[Series]
    across: list[Tick]
    up: list[Tick]
    start: int = 0

    @property
    def ground(self) -> str:
        """The path of the grid: a horizontal line at each vertical tick."""
        return "".join(f"M0 {charts.HEIGHT * float(tick.at) / 100:g}h{charts.WIDTH:g}" for tick in self.up)


def _tick(share: float, label: str) -> Tick:
    return Tick(f"{100 * share:.2f}", label)


def counted(first: int, last: int) -> list[Tick]:
    """Ticks at round numbers on an axis from `first` to `last`, and always at `first`."""
    step = int(charts.step_of(last - first or 1, TICKS - 1, whole=True))
    numbers = [first, *range((first // step + 1) * step, last + 1, step)]
    return [_tick((number - first) / max(last - first, 1), str(number)) for number in numbers]


def _weeks(weeks: Sequence[date]) -> list[Tick]:
    """Ticks at the first and at the last week, labelled with the last day of the week."""
    form = _("j M")
    ends = [(0.0, weeks[0]), (1.0, weeks[-1])] if len(weeks) > 1 else [(0.0, week) for week in weeks]
    return [_tick(share, date_format(week, form)) for share, week in ends]


PER_CENT = [Tick("0", "100 %"), Tick("50", "50 %"), Tick("100", "0 %")]


def of_genre(series: GenreSeries, weeks: Sequence[date]) -> Chart:
    """The preference for a genre, week by week."""
    return Chart([Series(str(series.genre), "", charts.curve(series.values))], _weeks(weeks), PER_CENT)


def of_weights(weights: Sequence[WeightSeries]) -> Chart:
    """The weights of the agents after each rating; 0 before an agent joined. Without ratings, only the
    axes."""
    lines = [
        Series(str(one.source.label), one.source.tone, charts.curve([value or 0.0 for value in one.values]))
        for one in weights
    ]
    up = [_tick(1 - weight, number_format(weight, 1)) for weight in (1.0, 0.5, 0.0)]
    return Chart(lines, counted(0, len(weights[0].values) - 1) if weights else [], up)


def of_errors(errors: Sequence[float]) -> Chart:
    """The mean absolute error of the predictions over WINDOW ratings, in stars. With fewer than two values,
    only the axes."""
    lines = [Series("", "", charts.curve([stars / MOST_OFF for stars in errors]))] if len(errors) > 1 else []
    up = [_tick(1 - stars / MOST_OFF, number_format(stars, 0)) for stars in range(MOST_OFF, -1, -1)]
    across = counted(WINDOW, WINDOW + len(errors) - 1) if lines else []
    return Chart(lines, across, up, WINDOW)


def charts_of(taste: Taste) -> dict[str, object]:
    """All charts for the template. The genres are sorted by the preference of this week, the highest
    first."""
    genres = sorted(taste.genres, key=lambda series: -(series.values[-1] if series.values else 0))
    return {
        "genres": [(series, of_genre(series, taste.weeks)) for series in genres],
        "weeks": list(zip(taste.weeks, *(series.values for series in genres), strict=True)),
        "weights": of_weights(taste.weights),
        "weights_by_rating": list(enumerate(zip(*(one.values for one in taste.weights), strict=True))),
        "errors": of_errors(taste.errors),
        "line_after": WINDOW + 1,
    }
