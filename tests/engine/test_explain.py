import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.blend import blend
from recommender.engine.errors import InvalidInput
from recommender.engine.explain import ContentParts, explain

weight = st.integers(0, 10).map(lambda state: state / 10)
part = st.floats(-4, 4)


@given(weight, weight, st.floats(1, 5), st.one_of(st.none(), st.floats(1, 5)), st.tuples(part, part, part))
def test_the_parts_add_up_to_the_blend(
    w_cf: float, w_cb: float, base: float, p_cf: float | None, given_parts: tuple[float, float, float]
) -> None:
    content = ContentParts(*given_parts)
    why = explain((w_cf, w_cb), base, p_cf, content)
    assert sum(why.parts().values()) == pytest.approx(why.score, abs=1e-9)
    assert why.score == pytest.approx(float(blend((w_cf, w_cb), p_cf, base + sum(given_parts))), abs=1e-9)


def test_each_side_counts_by_its_share() -> None:
    why = explain((0.3, 0.9), 3.0, 5.0, ContentParts(1.0, 0.4, -0.4))
    assert why.parts() == pytest.approx({"base": 3.0, "neighbours": 0.5, "views": 0.75, "ratings": 0.3, "limit": -0.3})
    assert (why.share_cf, why.share_cb) == (0.25, 0.75)


def test_without_content_the_neighbours_say_it_all() -> None:
    why = explain((0.1, 0.9), 3.0, 4.5, None)
    assert (why.score, why.neighbours, why.share_cb) == (4.5, 1.5, 0.0)


def test_a_third_source_is_a_part_of_its_own() -> None:
    why = explain((0.2, 0.2, 0.6), 3.0, 4.0, ContentParts(1.0, 0.0, 0.0), 5.0)
    assert why.parts() == pytest.approx(
        {"base": 3.0, "neighbours": 0.2, "alike": 1.2, "views": 0.2, "ratings": 0.0, "limit": 0.0}
    )
    assert why.score == pytest.approx(4.6)


def test_where_nothing_was_predicted_there_is_nothing_to_explain() -> None:
    with pytest.raises(InvalidInput):
        explain((0.5, 0.5), 3.0, None, None)
