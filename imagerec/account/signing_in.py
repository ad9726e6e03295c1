"""Limits of attempts to sign in, counted by client and account, so that attempts of other clients do not lock
a user out.

A browser in which a user has signed in before has a cookie with this user's id. For these users the browser
is counted separately from its address; for other users it counts as unknown (docs/decisions/0029).
"""

import logging
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import get_random_string

from gallery.plumbing import rate_limits
from gallery.plumbing.client import client_of
from imagerec.account import mail

SALT = "gallery.signing_in"
YEAR = 365 * 86400
USERS_PER_DEVICE = 8  # the latest users that the cookie of a browser contains
CLIENT_TRIES = (30, 60)  # of a client, right or wrong; each takes 0.1 s of processor time
# Wrong attempts: (name of the count, number, seconds). The waiting time grows with further attempts, up to 15
# minutes.
PAIR_LIMITS = (("pair", 5, 60), ("pair-long", 15, 900))
CLIENT_LIMITS = (("client", 10, 60), ("client-long", 20, 600))
DEVICE_LIMITS = (("device", 20, 60),)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Device:
    """A browser in which users have signed in; `people` are their ids."""

    key: str = ""
    people: tuple[int, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "Device":
        """The device in the cookie; an empty device without a valid cookie."""
        try:
            key, people = signing.loads(
                request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=YEAR
            )
        except (signing.BadSignature, ValueError, TypeError):
            return cls()
        return cls(key, tuple(people))

    def remember(self, person: int, response: HttpResponseBase) -> None:
        people = [person, *(known for known in self.people if known != person)][:USERS_PER_DEVICE]
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            signing.dumps([self.key or get_random_string(22), people], salt=SALT),
            max_age=YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def account_ids(name: str) -> list[int]:
    """The ids of users with this name or mail address; two if one user's name is the address of another."""
    named = get_user_by_username(name)
    people = [*filter_users_by_email(name, for_login=True), *([named] if named else [])]
    return sorted({person.pk for person in people})


class LoginAdapter(mail.MailAdapter):
    """allauth's adapter, with the limits of this module on signing in."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client, for allauth's limits on signing up and on password resets."""
        return client_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        name = str(credentials.get("username") or credentials.get("email") or "").strip()
        people, device, client = account_ids(name), Device.of(request), client_of(request)
        if people and set(people) <= set(device.people):
            client, counts = f"device {device.key}", [(*limit, device.key) for limit in DEVICE_LIMITS]
        else:
            tried = [str(person) for person in people] or [f"name {name.casefold()}"]
            counts = [(*limit, f"{client} {one}") for limit in PAIR_LIMITS for one in tried]
            counts += [(*limit, client) for limit in CLIENT_LIMITS]
        self._counted: list[tuple[str, str]] = []
        allowed = rate_limits.count("sign-in-tries", client, *CLIENT_TRIES)
        for what, limit_count, seconds, subject in counts:
            if not allowed:
                break
            self._counted.append((what, subject))
            allowed = rate_limits.count(f"sign-in-{what}", subject, limit_count, seconds)
        if not allowed:
            self._take_back()  # the password was not checked, so this attempt does not count as wrong
            if rate_limits.count("sign-in-told", client, 1, 60):
                log.warning("Too many wrong tries to sign in from %s, the last for %r.", client, name[:150])
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        self._take_back()

    def _take_back(self) -> None:
        for what, subject in self._counted:
            rate_limits.forgive(f"sign-in-{what}", subject)
        self._counted = []

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Resets the limits for a user who has just set a new password by mail."""
        for person in account_ids(str(credentials.get("email") or credentials.get("username") or "")):
            for what, _, _ in PAIR_LIMITS:
                rate_limits.reset(f"sign-in-{what}", f"{client_of(request)} {person}")

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **facts)
        Device.of(request).remember(user.pk, response)
        return response
