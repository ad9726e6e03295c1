"""The session and the user of a request, as Django stores them, read with compiled queries because every page
needs them."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from gallery.plumbing.compiled_query import CompiledQuery

# The columns that pages use, in the order of the model, as `from_db` requires; the others are deferred.
_USER_COLUMNS = ("id", "password", "is_superuser", "username", "is_staff", "is_active")

_session = CompiledQuery(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data")
)
_person = CompiledQuery(lambda pk: User.objects.filter(pk=pk).values_list(*_USER_COLUMNS))


class SessionStore(db.SessionStore):
    """Has the same name as Django's class: the name is part of the signature, so each can read the other's
    sessions."""

    def load(self) -> dict[str, Any]:
        rows = _session(self.session_key, timezone.now()) if self.session_key else []
        if not rows:
            self._session_key = None  # a client cannot choose the key of a new session
            return {}
        return dict(self.decode(rows[0][0]))


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Signs in by user name or mail address."""

    def get_user(self, user_id: int) -> User | None:
        for pk, password, superuser, name, staff, active in _person(user_id):
            values = (pk, password, bool(superuser), name, bool(staff), bool(active))
            user = User.from_db(DEFAULT_DB_ALIAS, _USER_COLUMNS, values)
            return user if self.user_can_authenticate(user) else None
        return None
