"""Real photographs, if they are available beside the repository in shared/data/photos."""

import csv
from pathlib import Path

import numpy as np
import pytest

from gallery.catalogue.bulk import run_import
from gallery.ingest import descriptor
from gallery.models import Image

PHOTOS = Path(__file__).resolve().parents[4] / "shared" / "data" / "photos"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="the photographs are not here"),
]
EVERY = 27


@pytest.fixture
def sample(folder: Path) -> Path:
    """Every 27th photograph, with its rows of the metadata."""
    with (PHOTOS / "metadata.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    chosen = [rows[0], *rows[1::EVERY]]
    for row in chosen[1:]:
        (folder / row[0]).parent.mkdir(exist_ok=True)
        (folder / row[0]).write_bytes((PHOTOS / row[0]).read_bytes())
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(chosen)
    return folder


def test_all_come_in_as_their_metadata_says(media, sample):
    report = run_import(sample, metadata=sample / "metadata.csv", workers=2)
    assert (report.added, report.refused) == (report.total, [])
    with (sample / "metadata.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            image = Image.objects.get(sha256__startswith=row["sha256_16"])
            assert (image.title, image.genre.slug) == (row["title"], row["genre"])
            assert (image.width, image.height) == (int(row["width"]), int(row["height"]))
            assert {one.name for one in image.keywords.all()} == set(row["keywords"].split(";")) - {""}


def test_the_nearest_by_looks_is_of_the_same_genre_far_more_often_than_by_chance(media, sample):
    run_import(sample, metadata=sample / "metadata.csv", workers=2)
    images = list(Image.objects.order_by("pk"))
    vectors = np.stack([descriptor.read(bytes(image.descriptor)) for image in images])
    genres = np.array([image.genre_id for image in images])
    alike = vectors @ vectors.T - 2 * np.eye(len(images))
    chance = np.mean(genres[:, None] == genres[None, :])
    assert np.mean(genres[alike.argmax(axis=1)] == genres) > 1.8 * chance
