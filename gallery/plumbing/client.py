"""What comes in from outside is made plain before anybody reads it: who asks,
and what no database takes as text."""

import ipaddress
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from gallery.plumbing.access import Request, refuse

NUL = "\0"
NETWORK = 64  # bits of an IPv6 address that one household has for itself

GetResponse = Callable[[Any], HttpResponseBase]


def plain_address(text: str) -> str:
    """An IP address as Python writes it, without brackets, port or zone; nothing where it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def client_address(peer: str, forwarded: str, proxies: int) -> str:
    """Who asks, when so many proxies of ours stand before the site and each adds whom it heard at the end.

    What stands further left was written by whoever wanted to; so was all of it where there is no proxy.
    """
    heard = forwarded.split(",") if forwarded.strip() else []
    said = heard[-min(proxies, len(heard))] if proxies and heard else ""
    return plain_address(said) or plain_address(peer) or peer


def client_of(request: HttpRequest) -> str:
    """Whom to count together: an address; of IPv6 its network,
    since a household has as many addresses as it likes."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        return str(ipaddress.IPv6Network(f"{address}/{NETWORK}", strict=False).network_address)
    except ValueError:
        return address or "nobody knows"  # a server behind a socket of its own machine is told of no address


class ClientAddress:
    """Middleware, the first: the client's address stands in REMOTE_ADDR, where everybody looks for it, and a
    cookie that cannot have been made here is none."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = client_address(peer, forwarded, settings.TRUSTED_PROXIES)
        if any(NUL in value for value in request.COOKIES.values()):
            request.COOKIES = {name: value for name, value in request.COOKIES.items() if NUL not in value}
        return self.get_response(request)


class RejectNul:
    """Middleware, the last: nobody types a NUL, no view wants one, and PostgreSQL takes it for no text."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponseBase:
        if has_nul(request):
            return refuse(request, _("Null characters are not allowed."))  # Django's sentence, in its forms
        return self.get_response(request)


def has_nul(request: HttpRequest) -> bool:
    """In the path, in the query, or in a field of a form or its name; a file may hold what it likes."""
    if NUL in request.path_info or _in_fields(request.GET):
        return True
    return request.method == "POST" and (
        _in_fields(request.POST) or any(NUL in name for name in request.FILES)
    )


def _in_fields(fields: Any) -> bool:
    return any(NUL in name or any(NUL in value for value in values) for name, values in fields.lists())
