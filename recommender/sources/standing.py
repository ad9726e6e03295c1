"""How an image is rated by all: a part of the predictions of several sources, with the same sentence."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext_lazy, ngettext
from numpy.typing import NDArray

from gallery.models.disclosure import may_disclose
from recommender.engine.types import Interactions
from recommender.sources.base import PartText

STANDING = "standing"
TOO_FEW_RATED = gettext_lazy("Too few people have rated it to tell what they gave.")
TEXT = PartText(gettext_lazy("How it is rated by all"), "limit", TOO_FEW_RATED, TOO_FEW_RATED)
MOST_RATERS = 65_535  # what two bytes of a slate hold


def details_of(interactions: Interactions) -> dict[str, NDArray[Any]]:
    """How many users rated each image, and their mean."""
    return {
        "raters": np.minimum(interactions.item_counts, MOST_RATERS).astype("<u2"),
        "rated_mean": interactions.item_means.astype("<f4"),
    }


def fact(details: Mapping[str, float]) -> str:
    """The sentence about an image; "" if fewer than three users rated it."""
    people = int(details["raters"])
    if not may_disclose(people):
        return ""
    sentence = ngettext("%(n)s person gave it %(mean)s.", "%(n)s people gave it %(mean)s.", people)
    return sentence % {"n": people, "mean": floatformat(details["rated_mean"], 1)}
