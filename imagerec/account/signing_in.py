"""How often somebody may try to sign in: counted by who tries and for which account, so that nobody is kept
out by what others try elsewhere.

A browser in which somebody signed in before has a cookie that says so. It is counted by itself, apart from
its address, for the people who signed in there; for all others it is a stranger's (docs/decisions/0029).
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
MOST_PEOPLE = 8  # of one browser, those who signed in last
TRIES = (30, 60)  # of a client, right or wrong: each costs a tenth of a second of a processor
# Wrong ones: (counted by, how many, in how many seconds). Whoever goes on waits longer, at most a quarter of
# an hour.
OF_A_PAIR = (("pair", 5, 60), ("pair-long", 15, 900))
OF_A_CLIENT = (("client", 10, 60), ("client-long", 20, 600))
OF_A_DEVICE = (("device", 20, 60),)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Device:
    """A browser that was signed in; `people` are the keys of those who were."""

    key: str = ""
    people: tuple[int, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "Device":
        """As its cookie says; nobody's where there is none that was made here."""
        try:
            key, people = signing.loads(
                request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=YEAR
            )
        except (signing.BadSignature, ValueError, TypeError):
            return cls()
        return cls(key, tuple(people))

    def remember(self, person: int, response: HttpResponseBase) -> None:
        people = [person, *(known for known in self.people if known != person)][:MOST_PEOPLE]
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            signing.dumps([self.key or get_random_string(22), people], salt=SALT),
            max_age=YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def accounts(name: str) -> list[int]:
    """Whose name or mail address this is; two at most, where one person's name is another's address."""
    named = get_user_by_username(name)
    people = [*filter_users_by_email(name, for_login=True), *([named] if named else [])]
    return sorted({person.pk for person in people})


class Adapter(mail.Adapter):
    """allauth's, with these limits in place of its own on signing in."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """For its limits on signing up and on lost passwords."""
        return client_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        name = str(credentials.get("username") or credentials.get("email") or "").strip()
        people, device, client = accounts(name), Device.of(request), client_of(request)
        if people and set(people) <= set(device.people):
            client, counts = f"device {device.key}", [(*limit, device.key) for limit in OF_A_DEVICE]
        else:
            tried = [str(person) for person in people] or [f"name {name.casefold()}"]
            counts = [(*limit, f"{client} {one}") for limit in OF_A_PAIR for one in tried]
            counts += [(*limit, client) for limit in OF_A_CLIENT]
        self._counted: list[tuple[str, str]] = []
        free = rate_limits.count("sign-in-tries", client, *TRIES)
        for what, most, seconds, who in counts:
            if not free:
                break
            self._counted.append((what, who))
            free = rate_limits.count(f"sign-in-{what}", who, most, seconds)
        if not free:
            self._take_back()  # what was not tried was not wrong: it prolongs no wait
            if rate_limits.count("sign-in-told", client, 1, 60):
                log.warning("Too many wrong tries to sign in from %s, the last for %r.", client, name[:150])
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        self._take_back()

    def _take_back(self) -> None:
        for what, who in self._counted:
            rate_limits.forgive(f"sign-in-{what}", who)
        self._counted = []

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Whoever set a new password by mail may use it."""
        for person in accounts(str(credentials.get("email") or credentials.get("username") or "")):
            for what, _, _ in OF_A_PAIR:
                rate_limits.reset(f"sign-in-{what}", f"{client_of(request)} {person}")

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **facts)
        Device.of(request).remember(user.pk, response)
        return response
