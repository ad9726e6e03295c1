"""Images hidden after a report were hidden in the table of images alone: lists and searches still counted
them and suggested their words. Updates the listings that differ from their images."""

from django.db import migrations
from django.db.models import F, Q

BATCH = 500
COPIED = ("visibility", "published_at", "uploaded_by", "genre")


def agree(apps, schema_editor):
    Image, Listing = (apps.get_model("gallery", name) for name in ("Image", "Listing"))
    same = Q(visibility=F("image__visibility"), published_at=F("image__published_at"), genre=F("image__genre"))
    same &= Q(uploaded_by=F("image__uploaded_by")) | Q(uploaded_by=None, image__uploaded_by=None)
    wrong = list(Listing.objects.exclude(same).values_list("pk", flat=True))
    for start in range(0, len(wrong), BATCH):
        rows = Image.objects.filter(pk__in=wrong[start : start + BATCH]).only(*COPIED)
        Listing.objects.bulk_update(
            [
                Listing(
                    image_id=image.pk,
                    visibility=image.visibility,
                    published_at=image.published_at,
                    uploaded_by_id=image.uploaded_by_id,
                    genre_id=image.genre_id,
                )
                for image in rows
            ],
            COPIED,
        )


class Migration(migrations.Migration):

    dependencies = [("gallery", "0006_day_taken")]
    operations = [migrations.RunPython(agree, migrations.RunPython.noop)]
