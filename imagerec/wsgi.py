"""The entry point of the web server."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"ImageRec: {error}")

from django.db import connections  # only after the settings module is known

from gallery.plumbing import installation

installation.exit_unless_marked()
connections.close_all()  # this thread needs no connection; the threads that answer requests have their own
