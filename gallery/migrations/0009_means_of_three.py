"""The mean of a listing is public: it is 0 if fewer than three users rated the image."""

from django.db import migrations

FEWEST = 3


def forget(apps, schema_editor):
    Image, Listing = (apps.get_model("gallery", name) for name in ("Image", "Listing"))
    few = Image.objects.filter(rating_count__gt=0, rating_count__lt=FEWEST)
    Listing.objects.filter(pk__in=few.values("pk")).update(mean=0.0)


class Migration(migrations.Migration):

    dependencies = [("gallery", "0008_installation")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop, elidable=True)]
