"""Static files under names that change with their content, the modules that scripts import included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise's storage carries no types
    support_js_module_import_aggregation = True
