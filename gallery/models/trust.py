"""How much an account counts in what others see, written by `gallery.trust`."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

NEWCOMER = 0.1  # the weight of an account on its first day
EVIDENCE_FROM = 0.5  # the night learns about images, and for others, from accounts with this weight or more


@dataclass(frozen=True)
class Weights:
    """The weights of accounts by user id; `others` is the weight of an account without a row."""

    known: dict[int, float] = field(default_factory=dict)
    others: float = 1.0

    def of(self, user: int) -> float:
        return self.known.get(user, self.others)

    def is_evidence(self, user: int) -> bool:
        """Whether a night learns about images, and for other users, from this account."""
        return self.of(user) >= EVIDENCE_FROM


class AccountWeightQuerySet(models.QuerySet["AccountWeight"]):
    def weights(self) -> Weights:
        """The weights of all accounts, in two queries."""
        ages_count = self.filter(reason=AccountWeight.Reason.ESTABLISHED).exists()
        return Weights(dict(self.values_list("user", "weight")), NEWCOMER if ages_count else 1.0)


class AccountWeight(models.Model):
    """The weight of an account in popularity, in the order "best rated", and in what the night learns for
    others. A user's own feed learns fully from the user's own ratings, whatever the weight.

    Where ages count, each account that did something before the last night has a row. So an account without
    a row is new if any account is established, and has the full weight otherwise. `cluster` is the same
    number for accounts that were found together. After staff decided (`decided_at`), the night changes
    nothing of the row.
    """

    class Reason(models.TextChoices):
        ESTABLISHED = "", _("established")
        NEW = "new", _("new")
        GROUP = "group", _("part of a group")
        BURST = "burst", _("part of a burst")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="account_weight")
    weight = models.FloatField(_("weight"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True)
    cluster = models.BigIntegerField(null=True, db_index=True)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = AccountWeightQuerySet.as_manager()

    class Meta:
        verbose_name = _("account weight")
        verbose_name_plural = _("account weights")
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=1), name="weight_from_0_to_1")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.weight:.2f}"


def weight_of_rater() -> Coalesce:
    """Expression on ratings: the weight of the user, as `Weights.of`."""
    established = AccountWeight.objects.filter(reason=AccountWeight.Reason.ESTABLISHED)
    others = Case(When(Exists(established), then=Value(NEWCOMER)), default=Value(1.0))
    return Coalesce(F("user__account_weight__weight"), others, output_field=models.FloatField())
