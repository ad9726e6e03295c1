"""The entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402  # after the name of the settings is known
from django.db import connections  # noqa: E402

from gallery import installation  # noqa: E402
from imagerec.turns import Turns  # noqa: E402

installation.insist()
connections.close_all()  # this thread asks nothing more; those that answer people have their own

application = Turns(django, at_once=1 if settings.SQLITE else 2)
