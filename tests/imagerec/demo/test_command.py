"""`manage.py demo` from outside: what is there afterwards, again, interrupted, and removed."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from gallery.acts import events
from gallery.models import Genre, Image, Job, Keyword, Rating, RatingChange, View
from gallery.plumbing import jobs
from imagerec.demo import population, studio
from recommender.models import AgentStep
from tests.factories import NOON, genre, image, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def demo(**options) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def files(media: Path) -> set[str]:
    return {path.name for path in media.rglob("*") if path.is_file()}


def all_of(media: Path) -> tuple[set[str], set[tuple[int, int]], set[tuple[str]]]:
    ratings = Rating.objects.values_list("pk", "value")
    return files(media), {*ratings}, {*User.objects.values_list("password")}


def test_pictures_come_with_files_words_and_people_and_all_of_it_goes_again(
    media, client, django_capture_on_commit_callbacks
):
    password = demo(images=4, people=3).rsplit(" ", 1)[-1].strip()
    pictures = Image.objects.filter(demo=True)
    assert pictures.count() == 4
    assert all((media / picture.file.name).is_file() and picture.rendition_widths for picture in pictures)
    assert all(picture.keywords.exists() and picture.genre.name_ko for picture in pictures)
    people = User.objects.filter(username__startswith="demo-", is_staff=False)
    assert people.count() == 3
    assert not any(one.has_usable_password() for one in people)
    assert View.objects.count() >= Rating.objects.count() > 0
    assert all(
        (picture.rating_count, picture.view_count) == (picture.ratings.count(), picture.views.count())
        for picture in Image.objects.all()
    )
    assert client.login(username="curator", password=password)
    assert User.objects.get(username="curator").is_staff
    client.logout()

    with django_capture_on_commit_callbacks(execute=True):
        demo(remove=True)
    left = [model.objects.count() for model in (Image, User, Genre, Keyword, View, Rating)]
    assert left == [0] * 6
    assert not Job.objects.filter(kind__startswith="demo").exists()
    assert not files(media)


def test_finish_goes_on_once_with_a_demo_that_was_begun(media):
    demo(images=3, people=2, finish=True)
    assert not Image.objects.exists()
    demo(images=2, people=1)
    jobs.request("demo-rest", "demo-rest")
    demo(images=3, people=2, finish=True)
    assert Image.objects.count() == 3
    assert Job.objects.get(kind="demo-rest").state == Job.State.DONE


@pytest.mark.parametrize("parts", [[(6, 12)], [(3, 4), (6, 12)]], ids=["in one go", "as make run does it"])
def test_its_agents_are_taught_with_predictions(media, parts):
    """From all that was rated in the last week, and from nothing that no source had predicted."""
    demo(images=parts[0][0], people=parts[0][1])
    first_part = set(Image.objects.values_list("pk", flat=True))
    for images, people in parts[1:]:
        jobs.request("demo-rest", "demo-rest")
        demo(images=images, people=people, finish=True)
        assert AgentStep.objects.exclude(change__image__in=first_part).exists()
    assert not AgentStep.objects.exclude(moves__predicted__isnull=False).exists()
    last_week = RatingChange.objects.filter(at__gt=timezone.now() - timedelta(days=6, hours=23))
    assert last_week.exists()
    assert not last_week.filter(agent_step=None).exists()


def test_interrupted_it_completes_and_again_changes_nothing(media):
    """Killed after the first pictures and the first people."""
    list(studio.add_pictures(1, [0, 2], NOON))
    list(population.create_people(1, [2], NOON))
    demo(images=4, people=3)
    assert set(Image.objects.values_list("source", flat=True)) == {
        studio.source_of(1, number) for number in range(4)
    }
    assert User.objects.filter(username__startswith="demo-").count() == 3
    before = all_of(media)
    demo(images=4, people=3)
    assert all_of(media) == before


def test_removal_leaves_real_images_people_and_words_and_takes_the_demo_peoples_opinions(media):
    """Where there is a superuser, no curator is made."""
    mine, sea = image("mine", genre_slug="sea"), genre("sea")
    owner = person("owner", is_superuser=True, is_staff=True)
    assert "password" not in demo(images=3, people=1)
    assert not User.objects.filter(username="curator").exists()
    events.rate(owner, Image.objects.filter(demo=True)[0].public_id, 5, "explore", NOON)
    events.rate(owner, mine.public_id, 4, "explore", NOON)
    events.rate(User.objects.get(username="demo-001"), mine.public_id, 2, "explore", NOON)
    demo(remove=True)
    assert list(Image.objects.all()) == [mine]
    assert list(User.objects.all()) == [owner]
    assert list(Genre.objects.all()) == [sea]
    assert Rating.objects.get().value == 4
    mine.refresh_from_db()
    assert (mine.rating_count, mine.rating_sum) == (1, 4)


@pytest.mark.parametrize(
    "options", [{"images": 0}, {"images": 20_001}, {"images": 5, "people": -1}, {"seed": -1}]
)
def test_nonsense_is_refused_in_one_sentence(options):
    with pytest.raises(CommandError, match=r"^--\w+ is a number from .*\.$"):
        demo(**options)
    assert not Image.objects.exists()
