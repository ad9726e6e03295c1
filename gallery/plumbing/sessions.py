"""Who asks for a page: the session and the person, as Django keeps them, looked up with prepared questions,
since every page does."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from gallery.plumbing.compiled_query import CompiledQuery

# What pages ask of a person, in the order of the model, which `from_db` asks for; the rest is looked up when
# asked for.
KNOWN = ("id", "password", "is_superuser", "username", "is_staff", "is_active")

_session = CompiledQuery(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data")
)
_person = CompiledQuery(lambda pk: User.objects.filter(pk=pk).values_list(*KNOWN))


class SessionStore(db.SessionStore):
    """Of the same name as Django's: the name is in the signature, so that each reads what the other wrote."""

    def load(self) -> dict[str, Any]:
        rows = _session(self.session_key, timezone.now()) if self.session_key else []
        if not rows:
            self._session_key = None  # nobody begins a session with a key of their own making
            return {}
        return dict(self.decode(rows[0][0]))


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Signs in by name or address."""

    def get_user(self, user_id: int) -> User | None:
        for pk, password, superuser, name, staff, active in _person(user_id):
            known = (pk, password, bool(superuser), name, bool(staff), bool(active))
            user = User.from_db(DEFAULT_DB_ALIAS, KNOWN, known)
            return user if self.user_can_authenticate(user) else None
        return None
