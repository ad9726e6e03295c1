"""How often one may try to sign in, who is kept waiting by whom, and who is not."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import person

pytestmark = pytest.mark.django_db
TOO_MANY = "Too many failed login attempts"
HERE, THERE = "192.0.2.10", "192.0.2.11"


@pytest.fixture(autouse=True)
def _nobody_has_tried():
    cache.clear()


def tried(login, password="wrong", address=HERE, client=None, **headers):
    """ "in", "wrong" or "wait"."""
    client = client or Client()
    data = {"login": login, "password": password}
    answer = client.post("/accounts/login/", data, REMOTE_ADDR=address, headers=headers)
    if answer.status_code == 302:
        return "in"
    return "wait" if TOO_MANY in answer.content.decode() else "wrong"


def test_who_tries_on_is_kept_waiting_and_nobody_else():
    person("alice"), person("bob")
    outcomes = [tried("alice") for _ in range(9)]
    assert outcomes == 5 * ["wrong"] + 4 * ["wait"]
    assert tried("alice", "alice-password") == "wait"
    assert tried("alice", "alice-password", THERE) == "in"
    assert tried("bob", "bob-password") == "in"


def test_one_client_and_many_names():
    outcomes = [tried(f"somebody{number}") for number in range(100)]
    assert outcomes == 10 * ["wrong"] + 90 * ["wait"]
    person("alice")
    assert tried("alice", "alice-password", THERE) == "in"


def test_many_clients_and_one_name_lock_nobody():
    person("alice")
    for number in range(40):
        tried("alice", address=f"198.51.100.{number}")
    assert tried("alice", "alice-password", THERE) == "in"


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_header_changes_nothing(settings, proxies):
    settings.TRUSTED_PROXIES = proxies
    person("alice")
    heard = {"X-Forwarded-For": HERE} if proxies else {}
    outcomes = []
    for number in range(200):
        said = f"10.0.0.{number}"
        forged = {"X-Forwarded-For": f"{said}, {HERE}" if proxies else said, "X-Real-IP": said}
        outcomes.append(
            tried(f"alice{number % 3}", address="10.9.9.9" if proxies else HERE, **(heard | forged))
        )
    assert outcomes[:10] == 10 * ["wrong"]
    assert outcomes.count("wrong") <= 20  # ten in the first minute, ten later in ten


def test_two_clients_behind_one_proxy_are_two(settings):
    settings.TRUSTED_PROXIES = 1
    person("alice")
    for _ in range(12):
        tried("alice", address="10.9.9.9", **{"X-Forwarded-For": HERE})
    assert tried("alice", "alice-password", "10.9.9.9", **{"X-Forwarded-For": HERE}) == "wait"
    assert tried("alice", "alice-password", "10.9.9.9", **{"X-Forwarded-For": THERE}) == "in"


@pytest.mark.parametrize("other", ["alice@example.org", "ALICE", "Alice@Example.org", " alice "])
def test_the_names_of_one_account_count_together(other):
    person("alice")
    outcomes = [tried("alice") for _ in range(3)] + [tried(other) for _ in range(3)]
    assert outcomes == 5 * ["wrong"] + ["wait"]


def test_names_that_nobody_has_are_counted_like_those_that_somebody_has():
    outcomes = [tried(name) for name in ("nobody", "NoBody", "nobody", "nobody", "nobody", "nobody")]
    assert outcomes == 5 * ["wrong"] + ["wait"]


def test_the_right_password_is_no_wrong_try():
    person("alice")
    assert [tried("alice", "alice-password") for _ in range(8)] == 8 * ["in"]
    assert [tried("alice") for _ in range(4)] == 4 * ["wrong"]
    assert tried("alice", "alice-password") == "in"


def test_a_browser_that_signed_in_before_is_not_kept_out():
    person("alice")
    browser = Client()
    assert tried("alice", "alice-password", client=browser) == "in"
    browser.post("/accounts/logout/")
    for _ in range(40):
        tried("alice"), tried("bob")
    assert tried("alice", "alice-password") == "wait"
    assert tried("alice", "wrong", client=browser) == "wrong"
    assert tried("alice", "alice-password", client=browser) == "in"


def test_a_browser_is_known_for_those_who_signed_in_there_and_for_nobody_else():
    person("alice"), person("bob")
    browser = Client()
    tried("bob", "bob-password", client=browser)
    browser.post("/accounts/logout/")
    outcomes = [tried("alice", client=browser) for _ in range(7)]
    assert outcomes == 5 * ["wrong"] + 2 * ["wait"]


def test_a_known_browser_does_not_guess_on_for_ever():
    person("alice")
    browser = Client()
    tried("alice", "alice-password", client=browser)
    browser.post("/accounts/logout/")
    assert [tried("alice", client=browser) for _ in range(22)][-1] == "wait"


def test_the_cookie_of_a_browser_is_made_here_and_read_by_no_script():
    person("alice")
    browser = Client()
    tried("alice", "alice-password", client=browser)
    cookie = browser.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "alice" not in cookie.value
    forger = Client()
    forger.cookies["device"] = cookie.value[:-2] + "xx"
    assert [tried("alice", client=forger) for _ in range(6)] == 5 * ["wrong"] + ["wait"]


def test_whoever_set_a_new_password_uses_it():
    from django.test import RequestFactory

    from imagerec.account.signing_in import LoginAdapter

    person("alice")
    for _ in range(6):
        tried("alice")
    request = RequestFactory().get("/", REMOTE_ADDR=HERE)
    LoginAdapter(request)._delete_login_attempts_cached_email(request, email="alice@example.org")
    assert tried("alice", "alice-password") == "in"


def test_a_wait_is_written_down_with_the_address(caplog):
    for _ in range(9):
        tried("no\nbody")
    assert caplog.text.count("Too many") == 1
    assert f"from {HERE}, the last for 'no\\nbody'" in caplog.text
