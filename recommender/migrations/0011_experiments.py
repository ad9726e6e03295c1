"""Experiments: their arms, who was exposed to them, and the paper's agents of the people in one arm."""

import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0010_plain_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Experiment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("arms", models.JSONField()),
                ("days", models.PositiveSmallIntegerField(verbose_name="days")),
                ("people", models.PositiveIntegerField(verbose_name="people at least")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("started_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="started by")),
            ],
            options={
                "verbose_name": "experiment",
                "verbose_name_plural": "experiments",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ClassicAgents",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("memory", models.JSONField()),
                ("learnt_through", models.BigIntegerField()),
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="classic_agents", to=settings.AUTH_USER_MODEL)),
                ("experiment", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="recommender.experiment")),
            ],
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("arm", models.CharField(choices=[("hindsight", "hindsight agents"), ("equal", "equal weights"), ("classic", "agents of paper 003")], max_length=12)),
                ("at", models.DateTimeField()),
                ("experiment", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="exposures", to="recommender.experiment")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="exposures", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "exposure",
                "verbose_name_plural": "exposures",
            },
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.UniqueConstraint(django.db.models.lookups.IsNull(models.F("ended_at"), True), condition=models.Q(("ended_at", None)), name="one_running_experiment"),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=models.UniqueConstraint(fields=("experiment", "user"), name="one_exposure_per_experiment_and_person"),
        ),
    ]
