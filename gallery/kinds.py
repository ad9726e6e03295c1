"""The kinds of jobs of the gallery."""

from gallery.plumbing.kinds import declare

IMPORT = declare("import", task="gallery.tasks.run_import", queue="night")
