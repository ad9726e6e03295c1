"""A database of the version before: the predictions of three sources pass through the update and back, to the
bit."""

import zlib
from datetime import timedelta
from importlib import import_module

import numpy as np
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recommender.data.slates import unpack
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = [("recommender", "0006_shown_side_by_side")], [("recommender", "0009_no_columns_by_source")]
copying = import_module("recommender.migrations.0008_copy_by_source")
THIRD = 1 / 3  # has no end in decimal digits


@pytest.fixture
def moved():
    """Migrates the database to a state and returns its models. Afterwards all migrations are applied
    again."""

    def to(targets):
        executor = MigrationExecutor(connection)
        executor.migrate(targets)
        return MigrationExecutor(connection).loader.project_state(targets).apps

    yield to
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def old_slate():
    rows = np.zeros(5, dtype=copying.CANDIDATE)
    rng = np.random.default_rng(2)
    for name in rows.dtype.names:
        rows[name] = rng.integers(1, 5, 5)
    rows["p_cb"] += np.float32(THIRD)
    rows["neighbour_mean"][2] = np.nan
    head = np.array([(3.0 + THIRD, 12)], dtype=copying.HEADER)
    return zlib.compress(head.tobytes() + rows.tobytes(), 1), zlib.compress(rows["p_cf"].tobytes(), 1)


def filled(apps):
    """A user with two agents and one with three; for each a step, an impression and a slate."""
    model = lambda name, app="recommender": apps.get_model(app, name)  # noqa: E731
    users = [model("User", "auth").objects.create(username=name) for name in ("two", "three")]
    genre = model("Genre", "gallery").objects.create(name="Sea", slug="sea")
    made = {"genre": genre, "created_at": NOON, "published_at": NOON, "byte_size": 1, "width": 1, "height": 1}
    columns = {field.name for field in model("Image", "gallery")._meta.fields}
    image = model("Image", "gallery").objects.create(
        title="one", public_id="one", **{name: value for name, value in made.items() if name in columns}
    )
    version = model("Version").objects.create(night="n", artifact="n", current=True, made_at=NOON)
    candidates, network = old_slate()
    for number, user in enumerate(users):
        third = number == 1
        change = model("RatingChange", "gallery").objects.create(user=user, image=image, new=4, at=NOON)
        states = [3, 7, 6] if third else [3, 7]
        model("AgentPair").objects.create(
            user=user, cf_state=3, cb_state=7, net_state=6 if third else None, memory={"states": states},
            steps=1, learnt_through=change.pk, updated_at=NOON,
        )  # fmt: skip
        model("AgentStep").objects.create(
            user=user, change=change, satisfaction=4, p_cf=None if third else 3 + THIRD, p_cb=2 + THIRD,
            p_net=1 + THIRD if third else None, cf_state=2, cb_state=8, cf_action=1, cb_action=-1,
            cf_reward=THIRD, cb_reward=-THIRD, cf_next=3, cb_next=7, net_state=6 if third else None,
            net_action=0 if third else None, net_reward=THIRD if third else None,
            net_next=6 if third else None,
            blend=3.5, at=NOON,
        )  # fmt: skip
        feed = model("Feed").objects.create(user=user, token=user.username, started_at=NOON)
        said = {"p_cf": 3 + THIRD, "p_cb": 2.1, "p_net": 4 * THIRD if third else None} if third else {}
        model("Impression").objects.create(
            feed=feed,
            user=user,
            image=image,
            position=0,
            rung="hybrid",
            at=NOON + timedelta(1),
            blend=3.0,
            **said,
        )
        packed = {"candidates": candidates, "p_net": network if third else None}
        model("Slate").objects.create(user=user, version=version, made_at=NOON, **packed)


def contents(apps):
    """All rows, without the order of columns. Slates are compared as arrays, because compressed data has
    several forms."""
    found = {}
    for name in ("AgentPair", "AgentStep", "Impression"):
        found[name] = list(apps.get_model("recommender", name).objects.order_by("pk").values())
    for slate in apps.get_model("recommender", "Slate").objects.order_by("pk"):
        packed = [bytes(part) if part is not None else None for part in (slate.candidates, slate.p_net)]
        found[f"slate of {slate.user_id}"] = [part and zlib.decompress(part) for part in packed]
    return found


def test_what_sources_predicted_comes_through_the_update_and_back(moved):
    apps = moved(BEFORE)
    filled(apps)
    before = contents(apps)
    apps = moved(AFTER)
    moves = apps.get_model("recommender", "AgentMove").objects.order_by("step", "source")
    rows = moves.values_list(
        "step__user__username", "source", "predicted", "state", "action", "reward", "next_state"
    )
    assert list(rows) == [
        ("two", "content", 2 + THIRD, 8, -1, -THIRD, 7),
        ("two", "neighbours", 3 + THIRD, 2, 1, THIRD, 3),
        ("three", "content", 2 + THIRD, 8, -1, -THIRD, 7),
        ("three", "demographics", 1 + THIRD, 6, 0, THIRD, 6),
        ("three", "neighbours", None, 2, 1, THIRD, 3),
    ]
    shown = (
        apps.get_model("recommender", "Impression").objects.order_by("pk").values_list("predicted", flat=True)
    )
    assert list(shown) == [{}, {"neighbours": 3 + THIRD, "content": 2.1, "demographics": 4 * THIRD}]
    slates = apps.get_model("recommender", "Slate").objects.order_by("pk")
    two, three = (unpack(row.candidates) for row in slates)
    assert two.base == three.base == 3.0 + THIRD
    assert (set(two.predictions), set(three.predictions)) == (
        {"neighbours", "content"},
        {"neighbours", "content", "demographics"},
    )
    assert two.predictions["neighbours"].figures == {"people": 12}
    assert contents(moved(BEFORE)) == before


def test_renamed_tables_keep_their_rows_and_permissions_forward_and_back(moved):
    older, newer = ([("recommender", name)] for name in ("0009_no_columns_by_source", "0010_plain_names"))
    names = {"Welcome": "FirstPicks", "About": "Demographics", "TrainedNetwork": "DemographicsNetwork"}
    apps = moved(older)
    user = apps.get_model("auth", "User").objects.create(username="ann")
    genre = apps.get_model("gallery", "Genre").objects.create(name="Sea", slug="sea")
    apps.get_model("recommender", "Welcome").objects.create(user=user, at=NOON).genres.add(genre)
    apps.get_model("recommender", "About").objects.create(user=user, birth_year=1990, at=NOON)
    apps.get_model("recommender", "TrainedNetwork").objects.create(key="one", made_at=NOON)
    before = [rows(apps, name) for name in names]
    apps = moved(newer)
    assert [rows(apps, name) for name in names.values()] == before
    assert apps.get_model("recommender", "FirstPicks").objects.get().genres.get().slug == "sea"
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="recommender")
    assert permissions.filter(codename="view_firstpicks").exists()
    apps = moved(older)
    assert [rows(apps, name) for name in names] == before
    assert apps.get_model("recommender", "Welcome").objects.get().genres.get().slug == "sea"


def rows(apps, name):
    return list(apps.get_model("recommender", name).objects.values())
