"""Checks before an account is deleted: its uploads, and whether it is the last superuser."""

from django.contrib.auth.models import User

from gallery.models import Image


def uploads_of(user: User) -> int:
    return Image.objects.filter(uploaded_by=user).count()


def is_last_superuser(user: User) -> bool:
    """Whether the user is the last active superuser; without one no user could grant permissions."""
    superusers = User.objects.filter(is_superuser=True, is_active=True)
    return user.is_superuser and not superusers.exclude(pk=user.pk).exists()
