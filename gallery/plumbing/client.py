"""Middleware that normalises requests: the client's address, and NUL characters, which databases do not
accept as text."""

import ipaddress
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from gallery.plumbing.access import Request, refuse

NUL = "\0"
NETWORK = 64  # bits of an IPv6 address that a household has for itself

GetResponse = Callable[[Any], HttpResponseBase]


def plain_address(text: str) -> str:
    """An IP address as Python writes it, without brackets, port or zone; empty if the text is not an
    address."""
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
    """The client's address if `proxies` proxies of this site stand before it, and each appends the address
    that it received the request from.

    The client can write anything into the entries further left, and without a proxy into all of them.
    """
    addresses = forwarded.split(",") if forwarded.strip() else []
    client = addresses[-min(proxies, len(addresses))] if proxies and addresses else ""
    return plain_address(client) or plain_address(peer) or peer


def client_of(request: HttpRequest) -> str:
    """The key for counting requests of a client: its address; of IPv6 its network, because a household has
    any number of addresses."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        return str(ipaddress.IPv6Network(f"{address}/{NETWORK}", strict=False).network_address)
    except ValueError:
        return address or "unknown"  # a server behind a local socket gets no address


class ClientAddress:
    """Middleware, the first: sets REMOTE_ADDR to the client's address, and removes cookies with NUL
    characters, which this site cannot have set."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = client_address(peer, forwarded, settings.TRUSTED_PROXIES)
        if any(NUL in value for value in request.COOKIES.values()):
            request.COOKIES = {name: value for name, value in request.COOKIES.items() if NUL not in value}
        return self.get_response(request)


class RejectNul:
    """Middleware, the last: refuses NUL characters, which no view needs and PostgreSQL does not accept as
    text."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponseBase:
        if has_nul(request):
            return refuse(request, _("Null characters are not allowed."))  # the sentence of Django's forms
        return self.get_response(request)


def has_nul(request: HttpRequest) -> bool:
    """In the path, in the query, or in a field of a form or its name; the content of files is not checked."""
    if NUL in request.path_info or _in_fields(request.GET):
        return True
    return request.method == "POST" and (
        _in_fields(request.POST) or any(NUL in name for name in request.FILES)
    )


def _in_fields(fields: Any) -> bool:
    return any(NUL in name or any(NUL in value for value in values) for name, values in fields.lists())
