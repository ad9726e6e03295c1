"""The pipeline of the best predictor: the stack of all models that the data allows, on a training part."""

from dataclasses import replace

from recommender.engine.factorisation import OrdinalFactors
from recommender.engine.features import bands, one_hot
from recommender.engine.types import Floats, Ints

from .datasets import Dataset
from .models.boosting import OrdinalBoosting
from .models.stack import FittedStack, Stack

FULL = Stack()
QUICK = Stack(
    OrdinalFactors(rank=6, chains=1, sweeps=40, burn_in=15), boosting=OrdinalBoosting(rounds=30), folds=2
)
AGE_BANDS = 9
YEAR_BANDS = 10


def user_tables(dataset: Dataset) -> list[Floats]:
    """Tables of users: age in bands, gender and occupation, if the data has them."""
    people = dataset.people
    if people is None:
        return []
    tables = [bands(people.ages, AGE_BANDS), one_hot(people.genders)]
    return tables if people.occupations is None else [*tables, one_hot(people.occupations)]


def item_tables(dataset: Dataset) -> list[Floats]:
    """Tables of items: genres, and release dates in bands, if the data has them."""
    tables = [dataset.genres] if dataset.genres.size else []
    return tables if dataset.released is None else [*tables, bands(dataset.released, YEAR_BANDS)]


def fit_stack(dataset: Dataset, train: Ints, quick: bool, seed: int) -> FittedStack:
    """The stack, fitted only on the ratings at the positions `train`."""
    settings = replace(QUICK if quick else FULL, seed=seed)
    return settings.fit(dataset.interactions(train), user_tables(dataset), item_tables(dataset))
