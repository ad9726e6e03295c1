"""Staff and other users who open the admin."""

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from tests.factories import person, staff


def staff_with(*permissions: str) -> User:
    """Staff with only these permissions: "gallery.change_image" …"""
    user = person(is_staff=True)
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def opened(client: Client, address: str) -> int | str:
    """The status of the page, after its redirects; "sign in" where they led to the page for that."""
    answer = client.get(address, follow=True)
    return "sign in" if answer.request["PATH_INFO"] == reverse("account_login") else answer.status_code


def who_may_open(address: str) -> dict[str, int | str]:
    return {who: opened(client, address) for who, client in four_clients().items()}


def four_clients() -> dict[str, Client]:
    return {
        "anonymous": client_of(None),
        "person": client_of(person()),
        "staff": client_of(staff_with()),
        "superuser": client_of(staff()),
    }
