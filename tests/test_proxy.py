"""A real nginx before a real installation, with the configuration that the operations page gives."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installation import ROOT, Installation
from tests.servers import _process, free_port, program, wait_until
from tests.web_client import WebClient

pytestmark = pytest.mark.services
HOST = "images.example"
PRODUCTION = {
    "IMAGEREC_PROFILE": "production",
    "SECRET_KEY": "k3y-of-letters-and-digits-0123456789-abcdefghijklmnop",
    "SITE_URL": f"https://{HOST}",
    "HOSTS": f"{HOST},127.0.0.1",
    "TRUST_PROXY_SCHEME": "1",
    "TRUSTED_PROXIES": "1",
    "EMAIL_BACKEND": "none",
}
ADD = """
from django.contrib.auth.models import User
for name in ("alice", "bob"):
    User.objects.create_user(name, f"{name}@example.org", f"{name}-password")
"""


def configuration(folder: Path, port: int, site: Installation) -> Path:
    """deploy/nginx.conf with other ports and a certificate of its own,
    in the frame that a whole nginx needs."""
    certificate = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={HOST}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([program("openssl"), *certificate, *files], check=True, capture_output=True)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in (
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{site.port}"),
        (r"listen \[::\][^;]*;", ""),
        (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
        (r"listen 443 ", f"listen 127.0.0.1:{port} "),
        (r"ssl_certificate .*;", f"ssl_certificate {folder}/cert.pem;"),
        (r"ssl_certificate_key .*;", f"ssl_certificate_key {folder}/key.pem;"),
    ):
        text, found = re.subn(old, new, text)
        assert found, old
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}\n"
    )
    return whole


@pytest.fixture(scope="module")
def behind_nginx(
    new_site: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of an nginx before a site in production; nginx as root would start its workers as nobody."""
    nginx, folder, port = program("nginx"), tmp_path_factory.mktemp("nginx"), free_port()
    site = new_site("proxied", **PRODUCTION)
    site.python(ADD)
    site.start("web")
    whole = configuration(folder, port, site)
    with _process([nginx, "-e", str(folder / "error.log"), "-c", str(whole), "-g", "user root;"], folder):
        client = WebClient(port, host=HOST, secure=True)

        def answers() -> bool:
            try:
                return client.ask("GET", "/health/")[0] == 200
            except OSError:
                return False

        wait_until(answers, 20, "nginx")
        yield port


def client(port: int, address: str) -> WebClient:
    return WebClient(port, address, HOST, secure=True)


def test_two_clients_behind_nginx_are_two(behind_nginx: int) -> None:
    guesser, alice = client(behind_nginx, "127.0.0.2"), client(behind_nginx, "127.0.0.3")
    outcomes = [guesser.sign_in("alice", "wrong") for _ in range(12)]
    assert outcomes[:5] == 5 * ["wrong"]
    assert outcomes[5:] == 7 * ["wait"]
    assert alice.sign_in("alice", "alice-password") == "in"
    assert guesser.sign_in("alice", "alice-password") == "wait"
    status, page = alice.ask("GET", "/for-you/")
    assert (status, "alice" in page) == (200, True)


def test_what_a_client_writes_into_the_header_changes_nothing(behind_nginx: int) -> None:
    outcomes = []
    for number in range(30):
        forged = {"X_Forwarded_For": f"10.0.0.{number}, 10.1.0.{number}", "X_Real_IP": f"10.0.0.{number}"}
        outcomes.append(client(behind_nginx, "127.0.0.4").sign_in(f"name{number}", "wrong", **forged))
    assert outcomes == 10 * ["wrong"] + 20 * ["wait"]
    assert client(behind_nginx, "127.0.0.5").sign_in("bob", "bob-password") == "in"


def test_signing_up_is_counted_by_client(behind_nginx: int) -> None:
    eager, other = client(behind_nginx, "127.0.0.6"), client(behind_nginx, "127.0.0.7")
    fields = {"username": "x", "password1": "short"}
    for one in (eager, other):
        one.ask("GET", "/accounts/signup/")
    statuses = [eager.ask("POST", "/accounts/signup/", fields)[0] for _ in range(22)]
    assert statuses == 20 * [200] + 2 * [429]
    assert other.ask("POST", "/accounts/signup/", fields)[0] == 200


def search(one: WebClient) -> int:
    """By a file that is no picture: 400 where it is looked at."""
    part = 'Content-Disposition: form-data; name="picture"; filename="a.jpg"'
    form = {"Content_Type": "multipart/form-data; boundary=b", "X_CSRFToken": one.token}
    body = f"--b\r\n{part}\r\n\r\nno picture\r\n--b--\r\n"
    return one.ask("POST", "/search/picture/", body, Referer=f"https://{HOST}/", **form)[0]


def test_searching_by_a_picture_is_counted_by_client(behind_nginx: int) -> None:
    eager, other = client(behind_nginx, "127.0.0.8"), client(behind_nginx, "127.0.0.9")
    for one in (eager, other):
        one.ask("GET", "/accounts/login/")
    assert [search(eager) for _ in range(12)] == 10 * [400] + 2 * [429]
    assert search(other) == 400
