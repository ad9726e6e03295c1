"""The Content-Security-Policy of the admin's pages, and of no other page.

django-unfold drives its menus, themes and filters with Alpine, which compiles the expressions in its
templates in the browser ('unsafe-eval'), and it writes the theme's colours into a <style> element and sizes
into style attributes ('unsafe-inline' for styles). Scripts still come from this site alone, and inline
scripts stay forbidden. The viewer's pages keep the strict policy of the settings.
"""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

ADMIN_POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


def admin_policy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware; it must come after `csp.middleware.CSPMiddleware`, which writes the header."""
    relaxed = csp_replace(ADMIN_POLICY)(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        inside = request.path_info.startswith(reverse("admin:index"))
        response: HttpResponseBase = (relaxed if inside else get_response)(request)
        return response

    return middleware
