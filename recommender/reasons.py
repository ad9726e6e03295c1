"""The why panel in words: what placed a picture, and the parts of its score as they are shown."""

from dataclasses import dataclass
from decimal import Decimal

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gallery.models import Image
from gallery.models.discretion import may_be_told
from recommender import charts
from recommender.models import Impression
from recommender.services.explain_feed import Aside, Explanation, Part

NAMES = {
    "mean": gettext_lazy("Where your ratings usually lie"),
    "neighbours": gettext_lazy("People with your taste"),
    "alike": gettext_lazy("People of your age, gender or region"),
    "viewed": gettext_lazy("What you look at"),
    "rated_alike": gettext_lazy("Similar pictures you rated or chose"),
    "limit": gettext_lazy("Kept between 1 and 5"),
}
FEW = gettext_lazy("People with your taste count most here; too few of them have rated it to tell what they gave.")
WORDS = {  # where a part raises the score, and where it lowers it
    "neighbours": (FEW, FEW),
    "alike": (
        gettext_lazy("People of your age, gender or region like it."),
        gettext_lazy("People of your age, gender or region like it less than other pictures."),
    ),
    "viewed": (
        gettext_lazy("It is like what you looked at in the last two weeks."),
        gettext_lazy("You look at little that is like it."),
    ),
    "rated_alike": (
        gettext_lazy("You gave similar pictures more stars than you usually give."),
        gettext_lazy("You gave similar pictures fewer stars than you usually give."),
    ),
}
CHOSEN = gettext_lazy("It is like what you chose at the start, or gave more stars than you usually give.")
EXPLORED = gettext_lazy("It is here to find out whether you like it: something different from the rest.")
NOTHING_COUNTS = gettext_lazy("Nothing speaks for it or against it yet: it stands where your ratings usually lie.")
ASIDES = {
    Aside.RATED: gettext_lazy("You have rated it yourself: there is nothing left to guess."),
    Aside.CHOSEN: gettext_lazy("You chose it yourself at the start, so it comes after what is new to you."),
    Aside.OPENED: gettext_lazy("You had opened it before, so it comes after what is new to you."),
    Aside.FORMER: gettext_lazy("It fitted what you had rated until then. By now, other pictures fit better."),
    Aside.REST: gettext_lazy("What fits you had all been shown. The rest follows, the most popular first."),
    Aside.UNKNOWN: gettext_lazy("Nothing is known of your taste yet: what is popular comes first, then the rest."),
}
RUNGS = {
    Impression.Rung.TRENDING: gettext_lazy("It is popular with everybody now."),
    Impression.Rung.ABOUT: gettext_lazy("People of your age, gender or region like it."),
    Impression.Rung.WELCOME: gettext_lazy("It fits what you chose at the start."),
    Impression.Rung.VISIT: gettext_lazy("It fits what you looked at."),
}


@dataclass(frozen=True)
class Row:
    """A part as it is shown; `fact` and `because` are what is behind it, where the sentence has not said so."""

    kind: str
    name: str
    value: Decimal
    step: charts.Step
    fact: str
    because: Image | None

    @property
    def sign(self) -> str:
        """Before the digits, which have a minus themselves; the mean is no addition."""
        return "+" if self.kind != "mean" and self.value >= 0 else ""


@dataclass(frozen=True)
class Panel:
    """`because` is the picture that the sentence is about; `rows` add up to `total`, which is None without a score."""

    sentence: str
    because: Image | None
    rows: list[Row]
    total: Decimal | None


def panel(why: Explanation) -> Panel:
    lead = why.leading()
    said = None if why.explored else lead
    if why.score is None:
        return Panel(_sentence(why, lead), why.reason, [], None)
    values, total = why.shown()
    because = why.reason if said is not None and said.kind == _kind_of_reason(why) else None
    steps = charts.waterfall([float(value) for value in values])
    rows = [
        Row(
            part.kind,
            str(NAMES[part.kind]),
            value,
            step,
            _fact(why, part) if value and part != said else "",
            why.reason if value and part != said and part.kind == _kind_of_reason(why) else None,
        )
        for part, value, step in zip(why.parts, values, steps, strict=True)
        if value or part.kind != "limit"
    ]
    return Panel(_sentence(why, lead), because, rows, total)


def _sentence(why: Explanation, lead: Part | None) -> str:
    """What placed it, and nothing that placed it less."""
    if why.explored:
        return str(EXPLORED)
    if why.aside is not None:
        return str(ASIDES[why.aside])
    said = _of_part(why, lead) if why.score is not None else _of_rung(why)
    if not why.pinned:
        return said or str(NOTHING_COUNTS)
    pin = _("You pinned %(genre)s, so it comes sooner.") % {"genre": why.genre}
    return " ".join(filter(None, (pin, said) if why.pin_leads else (said, pin)))


def _of_rung(why: Explanation) -> str:
    if why.by_genre and why.rung == Impression.Rung.WELCOME:
        return _("It fits what you chose at the start: %(genre)s.") % {"genre": why.genre}
    if why.by_genre:
        return _("It fits what you looked at: %(genre)s.") % {"genre": why.genre}
    return str(RUNGS[Impression.Rung(why.rung)])


def _of_part(why: Explanation, part: Part | None) -> str:
    """The largest part in words; with its fact, where that may be told."""
    if part is None:
        return ""
    raises, lowers = WORDS[part.kind]
    if part.kind == "rated_alike" and why.chosen:
        raises = CHOSEN
    return _fact(why, part) or str(raises if part.value > 0 else lowers)


def _kind_of_reason(why: Explanation) -> str:
    """The part that `reason` stands for: the larger one of the two that come from pictures."""
    sizes = {part.kind: part.value for part in why.parts}
    return max(("rated_alike", "viewed"), key=lambda kind: sizes.get(kind, 0.0))


def _fact(why: Explanation, part: Part) -> str:
    """Of the people or views behind a part; nothing that fewer than three people said."""
    if part.kind == "neighbours" and why.neighbour_mean is not None and may_be_told(why.neighbours):
        said = ngettext(
            "%(n)s of your nearest neighbours gave it %(mean)s.",
            "%(n)s of your nearest neighbours gave it %(mean)s.",
            why.neighbours,
        )
        return said % {"n": why.neighbours, "mean": floatformat(why.neighbour_mean, 1)}
    share = round(100 * why.genre_share)
    if part.kind == "viewed" and part.value > 0 and share:
        said = _("%(share)s %% of what you looked at in the last two weeks is %(genre)s.")
        return said % {"share": share, "genre": why.genre}
    return ""
