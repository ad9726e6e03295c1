"""Mails about accounts. Errors of the mail server are shown in a sentence; links contain SITE_URL."""

import logging
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

# Mails that are the only result of a request. (Other mails only report an action that has succeeded.) An
# address without an account gets a mail too, so that the response does not show whether an account exists.
REQUESTED_MAILS = {
    f"account/email/{name}"
    for name in ("password_reset_key", "unknown_account", "email_confirmation", "login_code")
}


class MailAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends a mail whose links begin with SITE_URL, whatever host a proxy passes on.

        Raises ImmediateHttpResponse, which leads back to the form, if a requested mail cannot be sent.
        """
        request = current.request
        if not settings.SENDS_MAIL:
            raise ImmediateHttpResponse(no_mail(request))
        host = request.get_host()
        site_context = {key: _with_site_url(value, host) for key, value in context.items()}
        site_context["current_site"] = SimpleNamespace(
            name="ImageRec", domain=urlsplit(settings.SITE_URL).netloc
        )
        try:
            super().send_mail(template_prefix, email, site_context)
        except OSError:  # the base class of all errors of smtplib
            logger.exception("The mail %s could not be sent.", template_prefix)
            messages.error(request, _("The mail could not be sent just now. Try again in a while."))
            if template_prefix in REQUESTED_MAILS:
                raise ImmediateHttpResponse(redirect(request.get_full_path())) from None


def _with_site_url(value: Any, host: str) -> Any:
    """The value; if it is an address of this site, with the scheme and host of SITE_URL."""
    if not (isinstance(value, str) and value.startswith(("http://", "https://"))):
        return value
    parts = urlsplit(value)
    return (
        settings.SITE_URL + parts._replace(scheme="", netloc="").geturl() if parts.netloc == host else value
    )


def no_mail(request: HttpRequest) -> HttpResponse:
    """The page that explains that this site sends no mail, with the contact."""
    return render(request, "account/no_mail.html", {"contact": settings.CONTACT})
