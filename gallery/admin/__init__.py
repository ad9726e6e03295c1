"""The curator's side of the gallery; importing it registers everything with Django's admin."""

from gallery.admin import collections, images, jobs, logs, people, reports

__all__ = ["collections", "images", "jobs", "logs", "people", "reports"]
