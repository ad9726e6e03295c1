"""The columns of each source go; what they held has been copied."""

from django.db import migrations

COLUMNS = {
    "agents": ("cf_state", "cb_state", "net_state"),
    "agentstep": tuple(
        name
        for source in ("cf", "cb", "net")
        for name in (f"p_{source}", *(f"{source}_{what}" for what in ("state", "action", "reward", "next")))
    ),
    "impression": ("p_cf", "p_cb", "p_net"),
    "slate": ("p_net",),
}


class Migration(migrations.Migration):
    dependencies = [("recommender", "0008_copy_by_source")]
    operations = [migrations.RemoveField(model, name) for model, names in COLUMNS.items() for name in names]
