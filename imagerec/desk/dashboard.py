"""The first page of the admin: charts and figures of the site."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imagerec.desk import experiment_panel, panels, unusual
from recommender import charts, sources

# classes of curator.css; sources bring their own
TONES = SITE, EQUAL, FIXED = "one", "equal", "fixed"


@dataclass(frozen=True)
class Tick:
    """One tick of the x axis: the column of the chart for the pointer, and its label."""

    lane: charts.Bar
    label: str


@dataclass(frozen=True)
class Series:
    """One line (`path`) or one set of bars, and its headline figure."""

    name: str
    tone: str  # of curator.css
    figure: str = ""
    path: str = ""
    bars: Sequence[charts.Bar] = ()


@dataclass(frozen=True)
class Chart:
    title: str
    series: list[Series]
    y_ticks: list[str]  # the highest first
    marks: list[str]  # labels of the x axis: the first, the middle and the last
    x_ticks: list[Tick]
    head: list[str]  # the same figures as a table, for screen readers
    rows: list[list[str]]


def _number(value: float | None, decimals: int = 0) -> str:
    return "–" if value is None else str(floatformat(value, f"{decimals}g"))  # rounds like templates


def _short(day: date) -> str:
    # Translators: how a day stands below a chart, in the letters of Django's date filter
    return date_format(day, _("M j"))


def _frame(
    title: str,
    series: list[Series],
    scale: charts.Axis,
    head: str,
    names: Sequence[str],
    table: Iterable[list[str]],
    decimals: int,
) -> Chart:
    rows = [[name, *cells] for name, cells in zip(names, table, strict=True)]
    labels = (
        f"{row[0]}: " + ", ".join(f"{s.name} {cell}" for s, cell in zip(series, row[1:], strict=True))
        for row in rows
    )
    return Chart(
        title=title,
        series=series,
        y_ticks=[_number(tick, decimals) for tick in scale.ticks],
        marks=[names[0], names[len(names) // 2], names[-1]],
        x_ticks=[Tick(lane, label) for lane, label in zip(charts.lanes(len(rows)), labels, strict=True)],
        head=[head, *(s.name for s in series)],
        rows=rows,
    )


def _counts(title: str, name: str, days: Sequence[date], values: Sequence[int]) -> Chart:
    scale = charts.axis(values, from_zero=True, parts=3, whole=True)
    series = [Series(name, SITE, bars=charts.bars(values, scale))]
    cells = [[_number(value)] for value in values]
    return _frame(title, series, scale, _("Day"), [_short(day) for day in days], cells, 0)


def _satisfaction(activity: panels.Activity) -> Chart:
    scale = charts.Axis(1, 5, [5, 4, 3, 2, 1])
    series = [Series(_("mean rating"), SITE, path=charts.path(activity.satisfaction, scale))]
    cells = [[_number(value, 2)] for value in activity.satisfaction]
    names = [_short(day) for day in activity.days]
    return _frame(_("Mean satisfaction"), series, scale, _("Day"), names, cells, 0)


@dataclass(frozen=True)
class Tile:
    chart: Chart
    today: str
    period: str
    empty: bool


def _tiles(activity: panels.Activity) -> list[Tile]:
    days = activity.days

    def counted(title: str, name: str, values: list[int], period: int) -> Tile:
        return Tile(_counts(title, name, days, values), _number(values[-1]), _number(period), not any(values))

    mean = activity.satisfaction
    return [
        counted(_("Active people"), _("people"), activity.active, activity.active_in_period),
        counted(_("Views"), _("views"), activity.views, sum(activity.views)),
        counted(_("Ratings"), _("ratings"), activity.ratings, sum(activity.ratings)),
        Tile(
            _satisfaction(activity),
            _number(mean[-1], 2),
            _number(activity.satisfaction_in_period, 2),
            activity.satisfaction_in_period is None,
        ),
    ]


def _accuracy(accuracy: panels.Accuracy) -> Chart | None:
    """The errors by day: of the feed's predictions, and of simpler predictions for comparison."""
    if not accuracy.ratings:
        return None
    lines = [
        (_("agents' blend"), SITE, accuracy.by_agents),
        (_("equal blend"), EQUAL, accuracy.equal),
        (_("best fixed weights (picked afterwards)"), FIXED, accuracy.fixed),
    ]
    for source in sources.SOURCES:
        line = accuracy.alone[source.name]
        name = _("%(source)s alone") % {"source": source.short}
        if 0 < line.ratings < accuracy.ratings:
            n = ngettext("%(name)s (%(shown)s rating)", "%(name)s (%(shown)s ratings)", line.ratings)
            name = n % {"name": name, "shown": _number(line.ratings)}
        if line.ratings:
            lines.append((name, source.tone, line))
    values = [value for *_name, line in lines for value in line.by_day if value is not None]
    scale = charts.axis(values, from_zero=False)
    series = [
        Series(name, tone, _number(line.mae, 3), charts.path(line.by_day, scale))
        for name, tone, line in lines
    ]
    cells = [[_number(line.by_day[day], 3) for *_name, line in lines] for day in range(len(accuracy.days))]
    return _frame(
        _("Mean absolute error by day"),
        series,
        scale,
        _("Day"),
        [_short(day) for day in accuracy.days],
        cells,
        2,
    )


def _weights(histogram: panels.WeightHistogram) -> Chart | None:
    if not histogram.people:
        return None
    agents = [
        (source, histogram.by_source[source.name])
        for source in sources.SOURCES
        if any(histogram.by_source[source.name])
    ]
    scale = charts.axis([count for _source, counts in agents for count in counts], True, parts=4, whole=True)
    series = [
        Series(str(source.short), source.tone, bars=charts.bars(counts, scale, lane, len(agents)))
        for lane, (source, counts) in enumerate(agents)
    ]
    levels = list(zip(*(counts for _source, counts in agents), strict=True))
    cells = [[_number(count) for count in row] for row in levels]
    names = [_number(level / 10, 1) for level in range(len(levels))]
    return _frame(_("People by weight of their agents"), series, scale, _("Weight"), names, cells, 0)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback: adds the panels for users who may see the recommender's versions."""
    context["title"] = _("Dashboard")
    if not request.user.has_perm("recommender.view_version"):
        return context
    now = timezone.now()
    activity, accuracy = panels.activity(now), panels.accuracy(now)
    return context | {
        "panels": True,
        "people": activity.people,
        "tiles": _tiles(activity),
        "accuracy": accuracy,
        "accuracy_chart": _accuracy(accuracy),
        "gain": _gain(accuracy.by_agents.mae, accuracy.equal.mae),
        "fixed": _fixed(accuracy),
        "weights_chart": _weights(panels.weights()),
        "feed": panels.feed(now),
        "nights": panels.nights(),
        "queue": panels.queue(),
        "storage": panels.storage(),
        "version": panels.version_panel(),
        "networks": panels.network_panel(),
        "experiment": experiment_panel.panel(now),
        "may_experiment": request.user.has_perm("recommender.change_experiment"),
        "unusual": unusual.unusual_accounts(),
        "may_decide": request.user.has_perm("gallery.change_accountweight"),
        "may_run": request.user.has_perm("recommender.change_version"),
    }


def _gain(error: float | None, rival: float | None) -> float | None:
    """By how many per cent `error` is below the error of a `rival`; negative if it is above."""
    return None if not rival or error is None else 100 * (1 - error / rival)


def _fixed(accuracy: panels.Accuracy) -> dict[str, Any] | None:
    """The best fixed weights: their gain over the agents' blend in per cent, and the weights as text."""
    gain = _gain(accuracy.fixed.mae, accuracy.by_agents.mae)
    if gain is None:
        return None
    shares = [
        f"{source.short} {_number(100 * share)} %"
        for source, share in zip(sources.SOURCES, accuracy.weights, strict=True)
        if share
    ]
    return {"gain": abs(gain), "less": gain >= 0, "weights": ", ".join(shares)}
