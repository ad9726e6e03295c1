"""The text of the why panel: the sentence about what placed an image, and the parts of its score as shown."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.models import Image
from recommender import charts
from recommender.models import Impression
from recommender.services.explanation import Aside, Explanation, ScorePart
from recommender.sources.content import CHOSEN

MEAN_LABEL = gettext_lazy("Where your ratings usually lie")
EXPLORATION_SENTENCE = gettext_lazy(
    "It is here to find out whether you like it: something different from the rest."
)
NOTHING_COUNTS = gettext_lazy(
    "Nothing speaks for it or against it yet: it stands where your ratings usually lie."
)
FITS_PICKS = gettext_lazy("It fits what you chose at the start, so it comes sooner.")
POPULAR = gettext_lazy("Many people liked it lately, so it comes sooner.")
ASIDES = {
    Aside.RATED: gettext_lazy("You have rated it yourself: there is nothing left to guess."),
    Aside.CHOSEN: gettext_lazy("You chose it yourself at the start, so it comes after what is new to you."),
    Aside.OPENED: gettext_lazy("You had opened it before, so it comes after what is new to you."),
    Aside.FORMER: gettext_lazy("It fitted what you had rated until then. By now, other pictures fit better."),
    Aside.REST: gettext_lazy("What fits you had all been shown. The rest follows, the most popular first."),
    Aside.UNKNOWN: gettext_lazy(
        "Nothing is known of your taste yet: what is popular comes first, then the rest."
    ),
}
RUNGS = {
    Impression.Rung.TRENDING: gettext_lazy("It is popular with everybody now."),
    Impression.Rung.DEMOGRAPHICS: gettext_lazy("People of your age, gender or region like it."),
    Impression.Rung.FIRST_PICKS: gettext_lazy("It fits what you chose at the start."),
    Impression.Rung.VIEWS: gettext_lazy("It fits what you looked at."),
}


@dataclass(frozen=True)
class ExplanationRow:
    """A part of the score as shown. `tone` is a class of `charts.css`. `fact` and `because` (an image)
    explain the part, unless the sentence of the panel already does."""

    kind: str
    name: str
    tone: str
    value: Decimal
    bar: charts.WaterfallBar
    fact: str
    because: Image | None

    @property
    def sign(self) -> str:
        """The plus sign before the digits. Negative values contain their sign; the mean has none, because it
        is not an addition."""
        return "+" if self.kind != "mean" and self.value >= 0 else ""


@dataclass(frozen=True)
class Panel:
    """`because` is the image that the sentence refers to. The rows add up to `total`, which is None without a
    score. `guess` is the number of stars that the user is expected to give."""

    sentence: str
    because: Image | None
    rows: list[ExplanationRow]
    total: Decimal | None
    guess: Decimal | None = None


def panel(why: Explanation) -> Panel:
    lead = why.leading()
    in_sentence = None if why.explored else lead
    if why.score is None:
        return Panel(_sentence(why, lead), why.reason, [], None)
    values, total = why.shown()
    because = why.reason if in_sentence is not None and in_sentence.kind == why.reason_of else None
    bars = charts.waterfall([float(value) for value in values])
    rows = [
        ExplanationRow(
            part.kind,
            str(part.text.label if part.text else MEAN_LABEL),
            part.text.tone if part.text else "mean",
            value,
            bar,
            part.fact if value and part != in_sentence else "",
            why.reason if value and part != in_sentence and part.kind == why.reason_of else None,
        )
        for part, value, bar in zip(why.parts, values, bars, strict=True)
        if value or part.text is None
    ]
    guess = round(total, 1) if why.guess is None else Decimal(round(why.guess))
    return Panel(_sentence(why, lead), because, rows, total, guess)


def _sentence(why: Explanation, lead: ScorePart | None) -> str:
    """What placed the image; of several reasons only the strongest."""
    if why.explored:
        return str(EXPLORATION_SENTENCE)
    if why.aside is not None:
        return str(ASIDES[why.aside])
    reason = _of_part(lead) if why.score is not None else _of_rung(why)
    if why.chosen and reason != str(CHOSEN):
        reason = " ".join(filter(None, (reason, str(FITS_PICKS))))
    if why.popular:
        reason = " ".join(filter(None, (reason, str(POPULAR))))
    if not why.pinned:
        return reason or str(NOTHING_COUNTS)
    pin = _("You pinned %(genre)s, so it comes sooner.") % {"genre": why.genre}
    return " ".join(filter(None, (pin, reason) if why.pin_leads else (reason, pin)))


def _of_rung(why: Explanation) -> str:
    if why.by_genre and why.rung == Impression.Rung.FIRST_PICKS:
        return _("It fits what you chose at the start: %(genre)s.") % {"genre": why.genre}
    if why.by_genre:
        return _("It fits what you looked at: %(genre)s.") % {"genre": why.genre}
    return str(RUNGS[Impression.Rung(why.rung)])


def _of_part(part: ScorePart | None) -> str:
    """The sentence of the largest part; its fact, if one may be disclosed."""
    if part is None or part.text is None:
        return ""
    return part.fact or str(part.text.raises if part.value > 0 else part.text.lowers)
