"""Mails about accounts: a mail server that is down is told in a sentence, and links lead to the site."""

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

# The mail is all that was asked for. (Of the others what was asked for is done, and the mail tells of it.) An
# address without an account is written to as well, so that both are answered alike.
ASKED_FOR = {
    f"account/email/{name}"
    for name in ("password_reset_key", "unknown_account", "email_confirmation", "login_code")
}


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Raises ImmediateHttpResponse, which is the way back to the form, for a mail that was asked for and
        cannot be sent. Its links name the site as its operator does, whatever host a proxy passes on."""
        request = current.request
        if not settings.SENDS_MAIL:
            raise ImmediateHttpResponse(no_mail(request))
        here = request.get_host()
        told = {key: _of_the_site(value, here) for key, value in context.items()}
        told["current_site"] = SimpleNamespace(name="ImageRec", domain=urlsplit(settings.SITE_URL).netloc)
        try:
            super().send_mail(template_prefix, email, told)
        except OSError:  # of which all errors of smtplib are
            logger.exception("The mail %s could not be sent.", template_prefix)
            messages.error(request, _("The mail could not be sent just now. Try again in a while."))
            if template_prefix in ASKED_FOR:
                raise ImmediateHttpResponse(redirect(request.get_full_path())) from None


def _of_the_site(value: Any, here: str) -> Any:
    """An address of this site, with the name that the operator gave it; everything else as it is."""
    if not (isinstance(value, str) and value.startswith(("http://", "https://"))):
        return value
    parts = urlsplit(value)
    return (
        settings.SITE_URL + parts._replace(scheme="", netloc="").geturl() if parts.netloc == here else value
    )


def no_mail(request: HttpRequest) -> HttpResponse:
    """Says that this site sends no mail, and whom to ask instead."""
    return render(request, "account/no_mail.html", {"contact": settings.CONTACT})
