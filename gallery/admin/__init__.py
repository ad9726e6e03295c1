"""The admin of the gallery; importing this package registers its models with Django's admin."""

from gallery.admin import collections, images, jobs, logs, people, reports

__all__ = ["collections", "images", "jobs", "logs", "people", "reports"]
