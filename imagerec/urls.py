"""The site's addresses."""

from django.contrib import admin
from django.urls import include, path

from gallery.plumbing.health import health
from imagerec.account.passwords import reset_password

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/password/reset/", reset_password),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("health/", health, name="health"),
    path("", include("imagerec.account.urls")),
    path("", include("recommender.urls")),
    path("", include("gallery.urls")),
]
