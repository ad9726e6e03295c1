"""The generator: the same from the same seed, plausible people, and a ceiling that one can work out."""

import numpy as np
import pytest

from recommender.lab.generated import BODY_MEASURES, EXERCISES, MEANS, ceiling, chances, generate


def test_it_has_the_shape_of_the_source() -> None:
    drawn = generate(0, 300)
    assert drawn.measures.shape == (300, len(BODY_MEASURES)) == (300, 9)
    assert len(drawn) == 300 * len(EXERCISES) == 300 * 15
    assert set(np.unique(drawn.values)) == {0.0, 1.0}


def test_a_seed_is_a_data_set() -> None:
    assert generate(3, 50).fingerprint == generate(3, 50).fingerprint != generate(4, 50).fingerprint


def test_the_measures_lie_where_the_page_says() -> None:
    assert generate(0, 4000).measures.mean(axis=0) == pytest.approx(MEANS, rel=0.04)


def test_routines_depend_on_the_measures() -> None:
    stiff, limber = MEANS.copy(), MEANS.copy()
    stiff[BODY_MEASURES.index("reach")], limber[BODY_MEASURES.index("reach")] = 2.0, 30.0
    yoga = EXERCISES.index("yoga")
    of_both = chances(np.array([stiff, limber]))[:, yoga]
    assert of_both[0] > 0.85 > 0.05 > of_both[1]


def test_the_ceiling_of_four_cells_is_worked_out_by_hand() -> None:
    best = ceiling(np.array([0.9, 0.9, 0.1, 0.1]), precision=0.8)
    assert best.precision == pytest.approx(0.9)
    assert best.recall == pytest.approx(1.8 / 2.0)
    assert best.recall_at == pytest.approx(1.8 / 2.0)
    assert best.loss == pytest.approx(-(0.9 * np.log(0.9) + 0.1 * np.log(0.1)))


def test_no_threshold_reaches_a_precision_that_nothing_has() -> None:
    assert ceiling(np.array([0.3, 0.2]), precision=0.9).recall_at == 0.0
