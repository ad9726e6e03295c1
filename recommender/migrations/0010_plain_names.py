"""Models get the names of the glossary, and the staff's permissions to see them follow. Stored values and the
names of constraints stay."""

from django.conf import settings
from django.db import migrations, models

NAMES = {"Welcome": "FirstPicks", "About": "Demographics", "TrainedNetwork": "DemographicsNetwork"}
LABELS = {"firstpicks": "first picks", "demographics": "demographics"}


def rename_permissions(apps, names):
    Permission = apps.get_model("auth", "Permission")
    of_recommender = Permission.objects.filter(content_type__app_label="recommender")
    for old, new in names.items():
        for action in ("add", "change", "delete", "view"):
            of_recommender.filter(codename=f"{action}_{old.lower()}").update(codename=f"{action}_{new.lower()}")


def forwards(apps, editor):
    rename_permissions(apps, NAMES)


def backwards(apps, editor):
    rename_permissions(apps, {new: old for old, new in NAMES.items()})


def field_of_user(related_name):
    return models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name=related_name)


def picked(model):
    return models.ManyToManyField(model, blank=True, related_name="first_picks")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("recommender", "0009_no_columns_by_source"),
    ]
    operations = [
        *(migrations.RenameModel(old, new) for old, new in NAMES.items()),
        migrations.AlterField("firstpicks", "user", field_of_user("first_picks")),
        migrations.AlterField("firstpicks", "genres", picked("gallery.genre")),
        migrations.AlterField("firstpicks", "images", picked("gallery.image")),
        migrations.AlterField("demographics", "user", field_of_user("demographics")),
        *(
            migrations.AlterModelOptions(name, {"verbose_name": label, "verbose_name_plural": label})
            for name, label in LABELS.items()
        ),
        migrations.RunPython(forwards, backwards),
    ]
