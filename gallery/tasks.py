"""Celery's tasks of the gallery: each calls one function. A message only says "look now"; the truth is a job row."""

from celery import shared_task
from django.utils import timezone

from gallery import trending


@shared_task
def refresh_trending() -> int:
    return trending.refresh(timezone.now())


@shared_task
def run_import(key: str) -> bool:
    return False
