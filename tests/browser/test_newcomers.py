"""Two newcomers who answer differently: a worker of the queue `train` learns from others,
their first feeds differ."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.story import Visitor, genres
from tests.browser.test_accessibility import DESKTOP, PHONE
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WEB_LIMIT = 250  # MB, docs/operations.md
CAMPS = {"young": ("2001", "woman", "east_asia"), "old": ("1952", "man", "europe")}
LIKE = """
from django.contrib.auth.models import User
from django.utils import timezone
from gallery.acts import events
from gallery.plumbing import jobs
from gallery.models import Genre, Image, Rating
from recommender.models import Demographics
from recommender.kinds import TRAIN
now = timezone.now()
ratings = []
for year, gender, region, slug in {camps!r}:
    for number in range(8):
        who = User.objects.create(username=f"camp-{{slug}}-{{number}}")
        year_of_birth = int(year) + number % 3
        Demographics.objects.create(user=who, birth_year=year_of_birth, gender=gender, region=region, at=now)
        for image in Image.objects.public().filter(genre__slug=slug)[:12]:
            ratings.append(Rating(user=who, image=image, value=5, created_at=now, updated_at=now))
events.record_history(events.History(ratings=ratings))
jobs.request(TRAIN, "camps")
jobs.nudge(TRAIN, "camps")
"""
FORGET = """
from django.contrib.auth.models import User
from recommender.models import DemographicsNetwork
User.objects.filter(username__startswith="camp-").delete()
DemographicsNetwork.objects.all().delete()
"""


@pytest.fixture
def gallery(site):
    """Eight young people of East Asia who like the city, eight old ones of Europe who like the sea,
    and a network."""
    site.start("train")
    camps = [(*said, genre) for said, genre in zip(CAMPS.values(), ("city", "sea"), strict=True)]
    site.python(LIKE.format(camps=camps))
    yield site
    site.stop("train")
    site.python(FORGET)


def trained(site):
    code = (
        "from recommender.models import DemographicsNetwork;"
        "print(DemographicsNetwork.objects.filter(current=True, key='camps').count())"
    )
    return site.python(code) == "1"


def told_of(group, name):
    """The text of /proc/<pid>/<name> of every process of a group."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(stat.read_text().rpartition(")")[2].split()[2]) == group:
                yield (stat.parent / name).read_text()


def resident(pid):
    """MB of the largest process of a group."""
    found = (re.search(r"VmRSS:\s+(\d+) kB", text) for text in told_of(pid, "status"))
    return max(int(size[1]) / 1000 for size in found if size)


def holds_jax(pid):
    """Whether any process of the group loaded it."""
    return any("jaxlib" in text for text in told_of(pid, "maps"))


def says(visitor, year, gender, region):
    page = visitor.page
    page.locator("input[name=birth_year]").fill(year)
    page.locator("select[name=gender]").select_option(gender)
    page.locator("select[name=region]").select_option(region)
    page.get_by_role("button", name="Show my gallery").click()
    expect(page).to_have_url(re.compile("/for-you/$"))


def test_two_newcomers_with_different_answers_get_different_first_feeds(gallery, chromium):
    wait_until(lambda: trained(gallery), 120, "the training\n" + gallery.log("train"))
    feeds = {}
    for (name, said), screen in zip(CAMPS.items(), (PHONE, DESKTOP), strict=True):
        visitor = Visitor(chromium.new_context(**screen | {"locale": "en-GB"}).new_page(), gallery)
        visitor.sign_up(f"newcomer-{name}")
        says(visitor, *said)
        feeds[name] = genres(gallery, visitor.shown())[:10]
        assert not visitor.trouble
        visitor.page.context.close()
    assert feeds["young"].count("city") > feeds["young"].count("sea")
    assert feeds["old"].count("sea") > feeds["old"].count("city")
    assert 0 < resident(gallery.processes["web"].pid) < WEB_LIMIT
    jax = {name: holds_jax(process.pid) for name, process in gallery.processes.items()}
    assert jax == {name: name == "train" for name in jax}
