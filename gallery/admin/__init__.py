"""The admin of the gallery; importing this package registers its models with Django's admin."""

from gallery.admin import accounts, collections, images, jobs, logs, people, reports

__all__ = ["accounts", "collections", "images", "jobs", "logs", "people", "reports"]
