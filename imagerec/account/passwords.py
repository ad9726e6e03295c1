"""The reset of passwords: allauth's page, or an explanation if the site sends no mail."""

from allauth.account.views import password_reset
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from imagerec.account.mail import no_mail


@require_http_methods(["GET", "HEAD", "POST"])
def reset_password(request: HttpRequest) -> HttpResponse:
    if not settings.SENDS_MAIL:
        return no_mail(request)
    answer: HttpResponse = password_reset(request)
    return answer
