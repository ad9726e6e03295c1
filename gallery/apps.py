from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = _("Gallery")

    def ready(self) -> None:
        from gallery.acts import anonymous  # noqa: F401  these register themselves
        from gallery.plumbing import checks  # noqa: F401
        from gallery.search import index  # noqa: F401
