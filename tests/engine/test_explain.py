import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.blend import blend
from recommender.engine.errors import InvalidInput
from recommender.engine.explain import blend_parts, rounded_to_sum

weight = st.integers(0, 10).map(lambda state: state / 10)
part = st.floats(-4, 4)


def content(views: float, ratings: float, limit: float) -> dict[str, float]:
    return {"views": views, "ratings": ratings, "limit": limit}


@given(weight, weight, st.floats(1, 5), st.one_of(st.none(), st.floats(1, 5)), st.tuples(part, part, part))
def test_the_parts_add_up_to_the_blend(
    w_cf: float, w_cb: float, base: float, p_cf: float | None, given_parts: tuple[float, float, float]
) -> None:
    neighbours = None if p_cf is None else {"neighbours": p_cf - base}
    why = blend_parts((w_cf, w_cb), base, neighbours, content(*given_parts))
    assert why.base + sum(why.parts.values()) == pytest.approx(why.score, abs=1e-9)
    assert why.score == pytest.approx(float(blend((w_cf, w_cb), p_cf, base + sum(given_parts))), abs=1e-9)


def test_each_source_counts_by_its_share() -> None:
    why = blend_parts((0.3, 0.9), 3.0, {"neighbours": 2.0}, content(1.0, 0.4, -0.4))
    assert why.parts == pytest.approx({"neighbours": 0.5, "views": 0.75, "ratings": 0.3, "limit": -0.3})
    assert why.shares == (0.25, 0.75)


def test_without_content_the_neighbours_say_it_all() -> None:
    why = blend_parts((0.1, 0.9), 3.0, {"neighbours": 1.5}, None)
    assert (why.score, why.parts, why.shares) == (4.5, {"neighbours": 1.5}, (1.0, 0.0))


def test_any_number_of_sources_has_parts_of_its_own() -> None:
    why = blend_parts((0.2, 0.2, 0.6), 3.0, {"neighbours": 1.0}, content(1.0, 0.0, 0.0), {"alike": 2.0})
    assert why.parts == pytest.approx(
        {"neighbours": 0.2, "views": 0.2, "ratings": 0.0, "limit": 0.0, "alike": 1.2}
    )
    assert why.score == pytest.approx(4.6)


def test_where_nothing_was_predicted_there_is_nothing_to_explain() -> None:
    with pytest.raises(InvalidInput):
        blend_parts((0.5, 0.5), 3.0, None, None)


@given(st.lists(st.floats(-8, 8), max_size=8), st.integers(0, 3))
def test_what_is_shown_adds_up_and_no_part_is_a_digit_away(parts: list[float], digits: int) -> None:
    shown, total = rounded_to_sum(parts, digits)
    last = 10.0**-digits
    assert sum(shown) == total
    assert all(abs(float(said) - part) < last * (1 + 1e-9) for said, part in zip(shown, parts, strict=True))
    assert abs(float(total) - sum(parts)) <= last / 2 + 1e-9
    assert all(-said.as_tuple().exponent == digits for said in [*shown, total])
    assert all(said == 0 for said, part in zip(shown, parts, strict=True) if part == 0)


@given(weight, weight, st.floats(1, 5), st.one_of(st.none(), st.floats(1, 5)), st.tuples(part, part, part))
def test_what_is_shown_of_a_score_adds_up(
    w_cf: float, w_cb: float, base: float, p_cf: float | None, given_parts: tuple[float, float, float]
) -> None:
    why = blend_parts(
        (w_cf, w_cb), base, None if p_cf is None else {"neighbours": p_cf - base}, content(*given_parts)
    )
    shown, total = rounded_to_sum([why.base, *why.parts.values()])
    assert sum(shown) == total
    assert abs(float(total) - why.score) < 0.005 + 1e-9


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([3.1049, 0.2149, -0.0049], "3.10 0.21 0.00 = 3.31"),
        ([3.1, -0.004999], "3.10 0.00 = 3.10"),
        ([4.304, 0.264, 0.464, -0.032], "4.31 0.26 0.46 -0.03 = 5.00"),
        ([3.0, -0.0], "3.00 0.00 = 3.00"),
        ([], " = 0.00"),
    ],
)
def test_the_parts_that_lost_most_get_it_back(parts: list[float], said: str) -> None:
    shown, total = rounded_to_sum(parts)
    assert f"{' '.join(map(str, shown))} = {total}" == said
