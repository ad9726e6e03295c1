"""The job kinds of accounts."""

from gallery.plumbing.kinds import declare

EXPORT = declare("export", task="imagerec.account.tasks.pack_export", queue="night")
