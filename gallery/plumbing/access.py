"""Who may do what here: asking strangers to sign in, and saying no in words a person understands."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from gallery.plumbing.errors import BadValue

P = ParamSpec("P")


class Request(HttpRequest):
    """A request as the middleware hands it over."""

    htmx: HtmxDetails
    user: User | AnonymousUser


class MemberRequest(Request):
    """A request of somebody who is signed in."""

    user: User


ViewFunction = Callable[Concatenate[Request, P], HttpResponseBase]
MemberViewFunction = Callable[Concatenate[MemberRequest, P], HttpResponseBase]


def same_site(request: HttpRequest, address: str) -> str | None:
    """The path and query of an address of this site; None for any other."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return None
    parts = urlsplit(address)
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    # "//evil.example" as the path of a harmless address would become another host once it stands alone.
    return path if path.startswith("/") and path[1:2] not in {"/", "\\"} else None


def previous_page(request: Request, default: str) -> str:
    """Where a form was sent from, if that is a page of this site."""
    address = request.htmx.current_url or request.headers.get("Referer", "")
    return same_site(request, address) or default


def signed_in(view: MemberViewFunction[P]) -> ViewFunction[P]:
    """Strangers are asked to sign in and come back to the page they were on."""

    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # it is a MemberRequest now
        here = request.get_full_path() if request.method in {"GET", "HEAD"} and not request.htmx else None
        came_from = here or previous_page(request, resolve_url("gallery:explore"))
        sign_in = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': came_from})}"
        if request.htmx:
            return HttpResponse(status=401, headers={"HX-Redirect": sign_in})
        return redirect(sign_in)

    return guarded


PRIVATE = "private_session"  # the session's key: since when nothing is recorded


def in_private(request: HttpRequest) -> bool:
    """Nothing of this visit is recorded until its private session ends."""
    return PRIVATE in request.session


def records(view: MemberViewFunction[P]) -> MemberViewFunction[P]:
    """What the view does is recorded; in a private session it is refused, in a sentence."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if in_private(request):
            raise BadValue(_("This is a private session: nothing is recorded until you end it."))
        return view(request, *args, **kwargs)

    return guarded


def _way_back(request: Request) -> str:
    """The page that led to what is refused; nothing where that is not known, or would be refused again."""
    came_from = previous_page(request, "")
    return came_from if request.method == "POST" or came_from != request.get_full_path() else ""


def render_page(
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    whole: Callable[[], dict[str, Any]] = dict,
    fragment: str = "",
) -> HttpResponse:
    """The page "x.html", or for htmx its part "_x.html" (another where `fragment` names one). `whole` returns
    what only the page needs, and is not called for the part."""
    if request.htmx:
        folder, _slash, name = template.rpartition("/")
        return render(request, fragment or f"{folder}/_{name}", context)
    return render(request, template, context | whole())


def confirm(request: Request, sentence: str, back: str, *args: Any) -> HttpResponse:
    """That something is done: in the page's live region, or on the page of this name and arguments."""
    if request.htmx:
        return render(request, "_toast.html", {"sentence": sentence})
    messages.success(request, sentence)
    return redirect(back, *args)


def refuse(request: Request, sentence: str, status: int = 400) -> HttpResponse:
    """A 400, or another, that says what was wrong: as a page, or in the page's live region."""
    if request.htmx:
        answer = render(request, "_toast.html", {"sentence": sentence, "wrong": True}, status=status)
        answer["HX-Reswap"] = "none"
        return answer
    return render(request, "400.html", {"sentence": sentence, "back": _way_back(request)}, status=status)


class ErrorsToAnswers:
    """Middleware: a BadValue that a view raises becomes a 400 with its sentence; an object that does not
    exist, or that the user may not see, a plain 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: Request, error: Exception) -> HttpResponse | None:
        if isinstance(error, BadValue):
            return refuse(request, str(error))
        if isinstance(error, ObjectDoesNotExist):
            raise Http404(_("There is no such picture.")) from None
        return None


class KeepPrivate:
    """Middleware: what is made for somebody with a session is stored by no cache, unless the view said
    otherwise; and a fragment is never taken for the page at the same address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        return response
