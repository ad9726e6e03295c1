"""The accounts' kinds of jobs."""

from gallery.plumbing.kinds import declare

EXPORT = declare("export", task="imagerec.account.tasks.pack_export", queue="night")
