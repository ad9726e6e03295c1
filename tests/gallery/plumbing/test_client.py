"""The client's address, also behind proxies."""

import pytest
from django.test import RequestFactory

from gallery.plumbing.client import ClientAddress, client_address, client_of, has_nul

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "client"),
    [
        ("", 0, PROXY),
        ("6.6.6.6", 0, PROXY),
        ("", 1, PROXY),
        ("6.6.6.6", 1, "6.6.6.6"),
        ("9.9.9.9, 8.8.8.8, 6.6.6.6", 1, "6.6.6.6"),
        ("9.9.9.9, 6.6.6.6, 10.0.0.2", 2, "6.6.6.6"),
        ("6.6.6.6", 2, "6.6.6.6"),  # by way of the inner proxy alone
        ("6.6.6.6:4711", 1, "6.6.6.6"),
        ("2001:db8::7", 1, "2001:db8::7"),
        ("[2001:DB8::7]:443", 1, "2001:db8::7"),
        ('"[2001:db8::7]"', 1, "2001:db8::7"),
        ("fe80::1%eth0", 1, "fe80::1"),
        ("::ffff:6.6.6.6", 1, "6.6.6.6"),
        ("9.9.9.9, unknown", 1, PROXY),
        ("9.9.9.9,", 1, PROXY),
        ("<script>", 1, PROXY),
        ("1.2.3.4.5", 1, PROXY),
    ],
)
def test_the_client_is_whom_our_outermost_proxy_heard(forwarded, proxies, client):
    assert client_address(PROXY, forwarded, proxies) == client


def test_everybody_reads_the_client_where_the_address_always_stood(settings):
    settings.TRUSTED_PROXIES = 1
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6"})
    assert ClientAddress(lambda asked: asked.META["REMOTE_ADDR"])(request) == "6.6.6.6"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("6.6.6.6", "6.6.6.6"),
        ("2001:db8:0:1:a:b:c:d", "2001:db8:0:1::"),
        ("2001:db8:0:1::9", "2001:db8:0:1::"),
        ("", "unknown"),
        ("a:b", "a:b"),
    ],
)
def test_a_household_is_counted_as_one(address, counted):
    assert client_of(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


def test_a_file_may_hold_a_nul_but_not_be_called_by_one():
    def sent(disposition, content):
        body = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n--b--\r\n"
        return RequestFactory().post("/", body.encode(), content_type="multipart/form-data; boundary=b")

    assert not has_nul(sent('name="picture"; filename="a.jpg"', "a\0b"))
    assert has_nul(sent('name="pic\0ture"; filename="a.jpg"', "ab"))
    assert has_nul(sent('name="note"', "a\0b"))
