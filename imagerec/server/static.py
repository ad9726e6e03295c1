"""Static files under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage as Storage


class StaticFiles(Storage):  # type: ignore[misc]
    """Also the modules that our own scripts import. Django's switch for it would read every package's scripts
    too, and stumble over what looks like an import in their comments."""

    patterns = (*Storage.patterns, ("js/*.js", Storage._js_module_import_aggregation_patterns[1]))
