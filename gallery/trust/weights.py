"""The weight of an account: how long it has been active, how well its ratings agree with others', and whether
it is one of a group or a burst (decision 40).

    weight = age * agreement * (0.1 in a group, 0.4 in a burst, 1 otherwise)

Weights are relative: with few raters all accounts have the weight 1; where most raters are new, ages and
agreement do not count, and there are no bursts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gallery.models.trust import NEWCOMER, AccountWeight
from gallery.trust import unusual
from gallery.trust.columns import RatingColumns

FULL_DAYS = 5  # days with activity after which an account is no longer new
FULL_SPAN = 14.0  # or so many days since its first activity
YOUNG = 0.5  # accounts with a smaller age factor are young
FEWEST_RATERS = 10  # with fewer, nobody can be compared with others
FEWEST_COMMON = 10  # ratings of an account that others rated too; with fewer, agreement is not known
FEWEST_OTHERS = 3  # established accounts that rated an image, for their mean to be compared with
SURE = 1.0  # so many standard errors beyond chance are full agreement
LEAST_AGREEMENT = 0.5
IN_GROUP, IN_BURST = 0.1, 0.4


@dataclass(frozen=True)
class Activity:
    """`days` on which the account viewed or rated something, and the days since its first activity."""

    days: int
    span: float


NO_ACTIVITY = Activity(0, 0.0)  # of an account that was deleted meanwhile


@dataclass(frozen=True)
class Found:
    """What a night finds about one account."""

    weight: float
    reason: str
    cluster: int | None = None


def age_factor(activity: Activity) -> float:
    """0.1 on the first day, 1 on the fifth day with activity or two weeks after the first."""
    grown = max((activity.days - 1) / (FULL_DAYS - 1), activity.span / FULL_SPAN)
    return NEWCOMER + (1.0 - NEWCOMER) * min(1.0, max(0.0, grown))


def agreement(rated: RatingColumns, vouching: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(users,): 1/2 to 1. The correlation r of an account's ratings with the mean of the others' ratings of
    the same images, over n images that three established accounts or more rated; r sqrt(n) is about normal
    for ratings by chance. Only ratings of `vouching` users (users,) count as others' ratings."""
    counts, sums = np.zeros(rated.n_images), np.zeros(rated.n_images)
    vouched = vouching[rated.users]
    np.add.at(counts, rated.images[vouched], 1.0)
    np.add.at(sums, rated.images[vouched], rated.values[vouched])
    others = counts[rated.images] - vouched
    common = others >= FEWEST_OTHERS
    users, own = rated.users[common], rated.values[common]
    means = (sums[rated.images] - np.where(vouched, rated.values, 0.0))[common] / others[common]
    n = np.bincount(users, minlength=rated.n_users)

    def deviations(values: NDArray[np.float64]) -> NDArray[np.float64]:
        mean = np.bincount(users, values, rated.n_users) / np.maximum(n, 1)
        return values - mean[users]

    x, y = deviations(own), deviations(means)
    squares = (np.bincount(users, part * part, rated.n_users) for part in (x, y))
    spread = np.sqrt(np.multiply(*squares))
    r = np.divide(
        np.bincount(users, x * y, rated.n_users), spread, out=np.zeros(rated.n_users), where=spread > 1e-9
    )
    sure = np.clip(r * np.sqrt(n) / SURE, 0.0, 1.0)
    return np.where(n >= FEWEST_COMMON, LEAST_AGREEMENT + (1.0 - LEAST_AGREEMENT) * sure, 1.0)


def found_weights(
    rated: RatingColumns, activities: Mapping[int, Activity], joined: Mapping[int, float]
) -> dict[int, Found]:
    """What a night finds, by user id: of all active accounts where ages count; otherwise only of groups.

    `joined` has the time of sign-up of each rater, in Unix seconds.
    """
    if rated.n_users < FEWEST_RATERS:
        return {}
    ids = rated.user_ids.tolist()
    ages = np.array([age_factor(activities.get(user, NO_ACTIVITY)) for user in ids])
    young = ages < YOUNG
    signed_up = np.array([joined.get(user, 0.0) for user in ids])
    groups = unusual.groups(rated, signed_up)
    if 2 * int(young.sum()) > rated.n_users:
        return {ids[row]: _unusual(1.0, groups[row], -1, ids) for row in np.flatnonzero(groups >= 0)}
    # Who also likes what a group pushes is not one of them.
    bursts = unusual.bursts(rated, young, signed_up, groups >= 0)
    agreed = agreement(rated, ages >= 1.0)
    weights = (ages * agreed).tolist()
    found = {user: Found(factor, _by_age(factor)) for user, factor in _of_viewers(activities)}
    for row, user in enumerate(ids):
        found[user] = _unusual(weights[row], groups[row], bursts[row], ids, _by_age(ages[row]))
    return found


def _of_viewers(activities: Mapping[int, Activity]) -> Sequence[tuple[int, float]]:
    return [(user, age_factor(activity)) for user, activity in activities.items()]


def _by_age(factor: float) -> str:
    new = factor < 1.0
    return AccountWeight.Reason.NEW if new else AccountWeight.Reason.ESTABLISHED


def _unusual(weight: float, group: int, burst: int, ids: list[int], reason: str = "") -> Found:
    """`group` and `burst` are the rows of the first account that was found together with this one; -1 without
    one."""
    if group >= 0:
        return Found(weight * IN_GROUP, AccountWeight.Reason.GROUP, ids[group])
    if burst >= 0:
        return Found(weight * IN_BURST, AccountWeight.Reason.BURST, ids[burst])
    return Found(weight, reason)
