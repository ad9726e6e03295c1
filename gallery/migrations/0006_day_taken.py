"""Adds the day on the camera's clock to the instant, also for existing images."""

from django.core.files.base import File
from django.db import migrations, models

from gallery.ingest.containers import take_apart
from gallery.ingest.dates import day_and_instant
from gallery.ingest.decode import sniff
from gallery.ingest.errors import Refused
from gallery.ingest.metadata import read_metadata

BATCH = 500
HEAD = 1_000_000  # bytes of a JPEG that contain its metadata; other formats may have it at the end
MOST = 50_000_000


def told_by(original: File) -> tuple:
    """The day and the instant in the original's metadata, or neither."""
    try:
        with original.open("rb") as handle:
            data = handle.read(HEAD)
            kind = sniff(data)
            if kind != "JPEG":
                data += handle.read(MOST)
        return day_and_instant(read_metadata(take_apart(data, kind)).taken)
    except (OSError, Refused):  # the row stays as it is
        return None, None


def fill(apps, schema_editor):
    """Only the original contains the offset of an instant. A time set by a curator stays, with its day in UTC."""
    Image, Listing = apps.get_model("gallery", "Image"), apps.get_model("gallery", "Listing")
    rows = Image.objects.order_by("pk").only("pk", "file", "taken_at", "published_at", "demo")
    changed = []
    for image in rows.iterator(chunk_size=BATCH):
        day, instant = (None, None) if image.demo else told_by(image.file)
        if image.taken_at is None:
            image.taken_on, image.taken_at = day, instant
        else:
            image.taken_on = day if same_second(instant, image.taken_at) else image.taken_at.date()
        if image.taken_on:
            changed.append(image)
        if len(changed) == BATCH:
            write(Image, Listing, changed)
    write(Image, Listing, changed)


def same_second(one, other):
    return one is not None and one.replace(microsecond=0) == other.replace(microsecond=0)


def write(Image, Listing, changed):
    Image.objects.bulk_update(changed, ["taken_on", "taken_at"], batch_size=BATCH)
    listings = Listing.objects.in_bulk([image.pk for image in changed])
    for image in changed:
        if image.pk in listings:
            listings[image.pk].day = image.taken_on
    Listing.objects.bulk_update(listings.values(), ["day"], batch_size=BATCH)
    changed.clear()


class Migration(migrations.Migration):

    dependencies = [("gallery", "0005_reports")]
    operations = [
        migrations.AddField("image", "taken_on", models.DateField(blank=True, null=True, verbose_name="taken")),
        migrations.AlterField("image", "taken_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
