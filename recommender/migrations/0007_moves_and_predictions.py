"""Room for sources by name: moves of agents, predictions of impressions. The old columns may be empty from here on."""

import django.db.models.deletion
from django.db import migrations, models

STEP = ("cf_state", "cb_state", "cf_next", "cb_next")


class Migration(migrations.Migration):
    dependencies = [("recommender", "0006_shown_side_by_side")]
    operations = [
        migrations.RemoveConstraint("agentpair", "agent_state_0_to_10"),
        migrations.RemoveConstraint("agentpair", "net_state_0_to_10"),
        migrations.RenameModel("AgentPair", "Agents"),
        migrations.AlterModelOptions(
            "agents", options={"verbose_name": "agents of a person", "verbose_name_plural": "agents"}
        ),
        *(migrations.AlterField("agents", name, models.PositiveSmallIntegerField(null=True)) for name in STEP[:2]),
        *(migrations.AlterField("agentstep", name, models.PositiveSmallIntegerField(null=True)) for name in STEP),
        *(
            migrations.AlterField("agentstep", name, models.SmallIntegerField(null=True))
            for name in ("cf_action", "cb_action")
        ),
        *(migrations.AlterField("agentstep", name, models.FloatField(null=True)) for name in ("cf_reward", "cb_reward")),
        migrations.CreateModel(
            "AgentMove",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=20)),
                ("predicted", models.FloatField(null=True)),
                ("state", models.PositiveSmallIntegerField()),
                ("action", models.SmallIntegerField()),
                ("reward", models.FloatField()),
                ("next_state", models.PositiveSmallIntegerField()),
                (
                    "step",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moves",
                        to="recommender.agentstep",
                    ),
                ),
            ],
            options={
                "verbose_name": "agent move",
                "verbose_name_plural": "agent moves",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=["step", "source"], name="one_move_per_step_and_source"),
                    models.CheckConstraint(
                        condition=models.Q(state__lt=11, next_state__lt=11), name="move_states_0_to_10"
                    ),
                ],
            },
        ),
        migrations.AddField("impression", "predicted", models.JSONField(default=dict)),
    ]
