"""The entry point of the web server."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
try:
    django = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"ImageRec: {error}")

from django.conf import settings  # only after the settings module is known
from django.db import connections

from gallery.plumbing import installation
from imagerec.server.scheduler import PageScheduler

installation.exit_unless_marked()
connections.close_all()  # this thread needs no connection; the threads that answer requests have their own

application = PageScheduler(django, at_once=1 if settings.SQLITE else 2)
