"""Addresses of pages about a user's own data. Signing in and passwords are allauth's (`imagerec/urls.py`)."""

from django.urls import path

from imagerec.account import views

app_name = "account"
urlpatterns = [
    path("account/download/", views.download, name="download"),
    path("account/download/file/", views.download_file, name="download_file"),
    path("account/delete/", views.delete, name="delete_account"),
    path("account/farewell/", views.account_deleted, name="account_deleted"),
]
