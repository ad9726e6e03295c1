"""The gallery's kinds of jobs."""

from gallery.plumbing.kinds import declare

IMPORT = declare("import", task="gallery.tasks.run_import", queue="night")
