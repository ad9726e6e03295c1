"""The entry point of the web server."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
try:
    django = get_wsgi_application()
except ImproperlyConfigured as wrong:
    sys.exit(f"ImageRec: {wrong}")

from django.conf import settings  # after the name of the settings is known
from django.db import connections

from gallery.plumbing import installation
from imagerec.server.scheduler import Turns

installation.exit_unless_marked()
connections.close_all()  # this thread asks nothing more; those that answer people have their own

application = Turns(django, at_once=1 if settings.SQLITE else 2)
