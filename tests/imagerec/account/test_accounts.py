import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from tests.factories import image, person
from tests.gallery.test_language import korean  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db


def test_signing_up_leads_to_the_welcome(client):
    image()
    answer = client.post("/accounts/signup/", {"username": "mina", "password1": "grey-heron-at-dusk"})
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/")
    assert get_user_model().objects.get().username == "mina"


def test_a_form_that_is_wrong_says_why_beside_the_field(client):
    html = client.post("/accounts/signup/", {"username": "mina", "password1": "123"}).content.decode()
    assert "data-wrong" in html
    assert "errorlist" in html


def test_signing_in_leads_back(client):
    person("mina")
    data = {"login": "mina", "password": "mina-password", "next": "/search/?q=sea"}
    assert client.post("/accounts/login/", data)["Location"] == "/search/?q=sea"


@pytest.mark.parametrize(
    "next", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_leads_nowhere_else(client, next):
    person("mina")
    answer = client.post("/accounts/login/", {"login": "mina", "password": "mina-password", "next": next})
    assert answer["Location"] == "/for-you/"


def test_a_lost_password_is_replaced_by_mail(client):
    person("mina")
    client.post("/accounts/password/reset/", {"email": "mina@example.org"})
    address = re.search(r"https?://\S+?(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    page = client.get(address, follow=True)
    form = page.redirect_chain[-1][0]
    client.post(form, {"password1": "grey-heron-at-dusk", "password2": "grey-heron-at-dusk"})
    assert client.login(username="mina", password="grey-heron-at-dusk")


def test_an_unknown_address_is_answered_alike(client):
    person("mina")
    known = client.post("/accounts/password/reset/", {"email": "mina@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_mail_names_the_site_as_its_operator_does(client, settings):
    settings.SITE_URL = "https://gallery.example.org"
    settings.ALLOWED_HOSTS = ["*"]
    person("mina")
    for address in ("mina@example.org", "nobody@example.org"):
        client.post("/accounts/password/reset/", {"email": address}, headers={"host": "localhost:8202"})
        sent = mail.outbox.pop()
        assert "//gallery.example.org/accounts/" in sent.body
        assert "localhost" not in sent.body + sent.subject


def test_a_site_without_mail_says_whom_to_ask(client, settings):
    settings.SENDS_MAIL, settings.CONTACT = False, "the front desk"
    person("mina")
    for answer in (
        client.get("/accounts/password/reset/"),
        client.post("/accounts/password/reset/", {"email": "mina@example.org"}),
        client.get("/accounts/password/reset/", headers={"accept-language": "ko"}),
    ):
        assert answer.status_code == 200
        assert "the front desk" in answer.content.decode()
        assert 'name="email"' not in answer.content.decode()
    assert "메일을 보내지 않아요" in answer.content.decode()
    assert not mail.outbox
    assert "this site sends no mail" in client.get("/accounts/signup/").content.decode()


def test_nothing_else_promises_a_mail_on_a_site_without(client, settings):
    settings.SENDS_MAIL = False
    client.force_login(person("mina"))
    answer = client.post("/accounts/email/", {"action_add": "", "email": "other@example.org"})
    assert "This site sends no mail" in answer.content.decode()
    assert not mail.outbox


def test_nobody_is_signed_out_by_a_link(client):
    client.force_login(person())
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session


@pytest.fixture
def mail_is_down(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # a port without a server


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.usefixtures("mail_is_down")
def test_without_a_mail_server_a_reset_says_so_whoever_asks(client, korean, caplog, language):  # noqa: F811
    person("mina")
    client.cookies["django_language"] = language
    answers = [
        client.post("/accounts/password/reset/", {"email": address}, follow=True)
        for address in ("mina@example.org", "nobody@example.org")
    ]
    for answer in answers:
        assert answer.redirect_chain == [("/accounts/password/reset/", 302)]
        page = answer.content.decode()
        assert {"en": "The mail could not be sent just now.", "ko": "지금은 메일을 보낼 수 없어요."}[
            language
        ] in page
    token = re.compile(r'(X-CSRFToken": "|csrfmiddlewaretoken" value=")\w+')
    assert token.sub("", answers[0].content.decode()) == token.sub("", answers[1].content.decode())
    assert [record.levelname for record in caplog.records].count("ERROR") == 2


@pytest.mark.usefixtures("mail_is_down")
def test_without_a_mail_server_an_address_is_not_confirmed_and_says_so(client):
    mina = person("mina")
    client.force_login(mina)
    answer = client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"}, follow=True)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "The mail could not be sent just now." in page
    assert "Confirmation email sent" not in page


@pytest.mark.usefixtures("mail_is_down")
def test_without_a_mail_server_one_signs_up_and_changes_the_password(client, settings, caplog):
    settings.ACCOUNT_EMAIL_VERIFICATION, settings.ACCOUNT_EMAIL_NOTIFICATIONS = "optional", True
    data = {"username": "mina", "email": "mina@example.org", "password1": "grey-heron-at-dusk"}
    assert client.post("/accounts/signup/", data)["Location"] == "/welcome/"
    new = "white-heron-at-noon"
    change = {"oldpassword": "grey-heron-at-dusk", "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", change).status_code == 302
    assert client.login(username="mina", password=new)
    assert [record.levelname for record in caplog.records].count("ERROR") == 2


def test_a_mail_leads_to_the_site_whatever_host_a_proxy_names(client, settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://photos.example", ["127.0.0.1"]
    person("mina")
    for address in ("mina@example.org", "nobody@example.org"):
        client.post("/accounts/password/reset/", {"email": address}, headers={"host": "127.0.0.1"})
    bodies = [message.body for message in mail.outbox]
    assert "https://photos.example/accounts/password/reset/key/" in bodies[0]
    assert all("127.0.0.1" not in text for text in [*bodies, *(message.subject for message in mail.outbox)])
