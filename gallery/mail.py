"""Mails about accounts: of a mail server that is away people read a sentence, and the log has the reason."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Whatever allauth sends passes here."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if not settings.SENDS_MAIL:
            raise ImmediateHttpResponse(no_mail(self.request))
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # smtplib's own errors too
            logger.exception("A mail could not be sent (EMAIL_HOST %s)", settings.EMAIL_HOST)
            page = {"failed": True, "contact": settings.CONTACT}
            raise ImmediateHttpResponse(render(self.request, "account/no_mail.html", page)) from None


def no_mail(request: HttpRequest) -> HttpResponse:
    """Says that this site sends no mail, and whom to ask instead."""
    return render(request, "account/no_mail.html", {"contact": settings.CONTACT})
