"""Creates the listings and swatches of all existing images."""

from django.db import migrations

from gallery.search import colours

BATCH = 500


def fill(apps, schema_editor):
    Image, Listing, Swatch = (apps.get_model("gallery", name) for name in ("Image", "Listing", "Swatch"))
    rows, swatches = [], []

    def write():
        Listing.objects.bulk_create(rows, batch_size=BATCH)
        Swatch.objects.bulk_create(swatches, batch_size=BATCH)
        rows.clear()
        swatches.clear()

    for image in Image.objects.defer("descriptor", "placeholder").order_by("pk").iterator(chunk_size=BATCH):
        rows.append(
            Listing(
                image_id=image.pk,
                public_id=image.public_id,
                visibility=image.visibility,
                published_at=image.published_at,
                uploaded_by_id=image.uploaded_by_id,
                genre_id=image.genre_id,
                ratio=image.width / image.height,
                day=(image.taken_at or image.published_at).date(),
                trending=image.trending,
                best=(image.rating_sum + 15) / (image.rating_count + 5),
                mean=image.rating_sum / image.rating_count if image.rating_count else 0.0,
            )
        )
        for lab in map(colours.lab_of, image.palette):
            swatches.append(
                Swatch(image_id=image.pk, cell=colours.cell(lab), lightness=lab[0], a=lab[1], b=lab[2])
            )
        if len(rows) == BATCH:
            write()
    write()


class Migration(migrations.Migration):

    dependencies = [("gallery", "0002_keeping")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
