"""Static files under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage as Storage


class StaticFiles(Storage):  # type: ignore[misc]
    """Also renames the modules that our own scripts import.

    Django's option for this would also read the scripts of all packages, and would fail at comments that look
    like an import.
    """

    patterns = (*Storage.patterns, ("js/*.js", Storage._js_module_import_aggregation_patterns[1]))
