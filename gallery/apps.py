from django.apps import AppConfig


class GalleryConfig(AppConfig):
    name = "gallery"

    def ready(self) -> None:
        from gallery import checks, listing  # noqa: F401  register themselves
