"""What `make run` does before the site is served."""

from unittest.mock import patch

import pytest
from django.core.management import call_command

from gallery.models import Job
from tests.factories import image, staff

pytestmark = pytest.mark.django_db


def demo_is_painted(*words: str) -> bool:
    with patch("gallery.management.commands.prepare.call_command") as call:
        call_command("prepare", *words)
    return "demo" in [given.args[0] for given in call.call_args_list]


def test_an_empty_gallery_gets_the_demo() -> None:
    staff()
    assert demo_is_painted()
    assert not demo_is_painted("--no-demo")


def test_the_rest_of_the_demo_is_a_job() -> None:
    demo_is_painted("--no-demo")
    assert not Job.objects.exists()
    demo_is_painted()
    assert Job.objects.get(kind="demo-rest").state == Job.State.DUE


def test_a_gallery_with_pictures_of_its_own_does_not() -> None:
    image()
    assert not demo_is_painted()


def test_whoever_set_it_up_is_told_how_to_get_in(capsys) -> None:
    call_command("prepare", "--no-demo")
    assert "manage.py createsuperuser" in capsys.readouterr().out
    staff()
    call_command("prepare", "--no-demo")
    assert capsys.readouterr().out == ""


def test_an_interrupted_demo_goes_on_and_a_finished_one_stays() -> None:
    image(demo=True)
    assert demo_is_painted()
    staff()
    assert not demo_is_painted()
