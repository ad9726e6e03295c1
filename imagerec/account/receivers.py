"""What happens to people's data when the recommender cleans up; connected by `AccountConfig.ready`."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from imagerec.account import export
from recommender.services.night.cleanup import cleaned_up


@receiver(cleaned_up)
def remove_old_downloads(now: datetime, **_: Any) -> int:
    return export.remove_old(now)
