"""Which process does what: no upkeep delays a rating."""

import json
import shlex
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.plumbing.kinds import KINDS
from imagerec.celery import app
from recommender.kinds import LEARN
from tests.installation import COMMANDS, ROOT, Installation
from tests.servers import wait_until

OURS = ("gallery.", "imagerec.", "recommender.")


def words(command: str, option: str) -> list[str]:
    given = shlex.split(command)
    return given[given.index(option) + 1].split(",") if option in given else []


def queue_of(task: str) -> str:
    return str(app.amqp.router.route({}, task)["queue"].name)


def test_every_task_has_a_queue_that_one_process_serves() -> None:
    app.loader.import_default_modules()
    served = [queue for command in COMMANDS.values() for queue in words(command, "-Q")]
    assert len(served) == len(set(served))
    assert {queue_of(task) for task in app.tasks if task.startswith(OURS)} == set(served)


def test_only_what_learns_from_somebody_is_on_the_learn_queue() -> None:
    app.loader.import_default_modules()
    assert [task for task in app.tasks if task.startswith(OURS) and queue_of(task) == "learn"] == [
        KINDS[LEARN].task
    ]


def test_the_clock_starts_jobs_and_upkeep_and_upkeep_waits_for_nothing() -> None:
    started = {entry["task"] for entry in app.conf.beat_schedule.values()} - {
        kind.task for kind in KINDS.values()
    }
    assert {queue_of(task) for task in started} == {"upkeep"}
    assert words(COMMANDS["upkeep"], "--concurrency") == [str(len(started))], (
        "the reconciler waits for no other"
    )


def test_who_only_sends_or_keeps_house_does_not_load_what_learning_needs() -> None:
    code = (
        "import django, json, sys; django.setup(); import gallery.tasks, imagerec.tasks, recommender.tasks; "
    )
    code += "import gallery.tasks, imagerec.tasks, recommender.tasks; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numba", "scipy", "sklearn", "jax"} & set(json.loads(done.stdout))


@pytest.mark.services
@pytest.mark.timeout(240)
def test_what_no_message_told_of_is_found_while_learning_and_the_night_are_busy(new_site) -> None:
    """`learn` is not even there, and `night` neither: the reconciler of `upkeep` sends the message to
    both."""
    site: Installation = new_site("upkeep")
    due = timezone.now() - timedelta(minutes=1)
    site.python(
        "from gallery.plumbing import jobs; from gallery.models import Job;"
        "jobs.request('learn', '1'); jobs.request('export', '1');"
        f"Job.objects.update(due_at='{due.isoformat()}')"
    )
    site.start("upkeep", "beat")

    def told(queue: str) -> bool:
        return any((site.data / "broker" / "queue").glob(f"*.{queue}.msg"))

    wait_until(lambda: told("learn") and told("night"), 60, "the reconciler\n" + site.log("upkeep"))
    site.start("learn")
    wait_until(
        lambda: (
            site.python("from gallery.models import Job; print(Job.objects.get(kind='learn').state)")
            == "done"
        ),
        60,
        "learning\n" + site.log("learn"),
    )
