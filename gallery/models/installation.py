"""The identity of the database; `gallery.plumbing.installation` compares it with that of the folders."""

from django.db import models


class Installation(models.Model):
    token = models.CharField(max_length=32)
