"""Access of visitors: sign-in for pages that need it, private sessions, and refusals in clear sentences."""

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
    """A request after the middleware."""

    htmx: HtmxDetails
    user: User | AnonymousUser


class MemberRequest(Request):
    """A request of a signed-in user."""

    user: User


ViewFunction = Callable[Concatenate[Request, P], HttpResponseBase]
MemberViewFunction = Callable[Concatenate[MemberRequest, P], HttpResponseBase]


def same_site(request: HttpRequest, address: str) -> str | None:
    """The path and query of an address of this site; None for another site."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return None
    parts = urlsplit(address)
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    # "//evil.example" as the path of a harmless address would be another host if it were used alone.
    return path if path.startswith("/") and path[1:2] not in {"/", "\\"} else None


def previous_page(request: Request, default: str) -> str:
    """The page that the form was sent from, if it is a page of this site."""
    address = request.htmx.current_url or request.headers.get("Referer", "")
    return same_site(request, address) or default


def signed_in(view: MemberViewFunction[P]) -> ViewFunction[P]:
    """Redirects anonymous visitors to the sign-in page, and afterwards back to the page they came from."""

    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # it is a MemberRequest now
        own_address = (
            request.get_full_path() if request.method in {"GET", "HEAD"} and not request.htmx else None
        )
        came_from = own_address or previous_page(request, resolve_url("gallery:explore"))
        sign_in = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': came_from})}"
        if request.htmx:
            return HttpResponse(status=401, headers={"HX-Redirect": sign_in})
        return redirect(sign_in)

    return guarded


PRIVATE = "private_session"  # key in the session: start of the private session


def in_private(request: HttpRequest) -> bool:
    """Whether the visitor is in a private session, in which nothing is recorded."""
    return PRIVATE in request.session


def records(view: MemberViewFunction[P]) -> MemberViewFunction[P]:
    """Marks a view that records an action; in a private session it is refused with a sentence."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if in_private(request):
            raise BadValue(_("This is a private session: nothing is recorded until you end it."))
        return view(request, *args, **kwargs)

    return guarded


def _link_back(request: Request) -> str:
    """The page that led to the refused one; empty if it is unknown or would be refused again."""
    came_from = previous_page(request, "")
    return came_from if request.method == "POST" or came_from != request.get_full_path() else ""


def render_page(
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    page_context: Callable[[], dict[str, Any]] = dict,
    fragment: str = "",
) -> HttpResponse:
    """The page "x.html", or for htmx its part "_x.html" (or `fragment`). `page_context` returns the
    additional context of the whole page, and is not called for the part."""
    if request.htmx:
        folder, _slash, name = template.rpartition("/")
        return render(request, fragment or f"{folder}/_{name}", context)
    return render(request, template, context | page_context())


def confirm(request: Request, sentence: str, back: str, *args: Any) -> HttpResponse:
    """Confirms an action: with a message in the page's live region, or with a redirect to the page of this
    name and arguments."""
    if request.htmx:
        return render(request, "_toast.html", {"sentence": sentence})
    messages.success(request, sentence)
    return redirect(back, *args)


def refuse(request: Request, sentence: str, status: int = 400) -> HttpResponse:
    """A response with status 400 (or another) and the reason: as a page, or as a message in the page's live
    region."""
    if request.htmx:
        answer = render(request, "_toast.html", {"sentence": sentence, "wrong": True}, status=status)
        answer["HX-Reswap"] = "none"
        return answer
    return render(request, "400.html", {"sentence": sentence, "back": _link_back(request)}, status=status)


class ErrorsToAnswers:
    """Middleware: a BadValue raised by a view becomes a response 400 with its sentence; an object that does
    not exist, or that the user may not see, becomes a plain 404."""

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
    """Middleware: no cache stores responses for visitors with a session, unless the view set the header
    itself; and a cache never uses a fragment in place of the page at the same address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        return response
