"""Before an account is deleted: what it leaves, and whether the site can do without it."""

from django.contrib.auth.models import User

from gallery.models import Image


def uploads_of(user: User) -> int:
    return Image.objects.filter(uploaded_by=user).count()


def is_last_keeper(user: User) -> bool:
    """Nobody else could hand out rights any more."""
    keepers = User.objects.filter(is_superuser=True, is_active=True)
    return user.is_superuser and not keepers.exclude(pk=user.pk).exists()
