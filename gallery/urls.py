"""Addresses of the gallery. Widths and extensions of renditions are checked by the view, not by the pattern."""

from django.urls import path

from gallery.views import actions, browse, image, media, offline, preferences, report

app_name = "gallery"
urlpatterns = [
    path("", browse.explore, name="explore"),
    path("search/", browse.search, name="search"),
    path("genre/<slug:slug>/", browse.genre, name="genre"),
    path("favourites/", browse.favourites, name="favourites"),
    path("i/<slug:public_id>/", image.image, name="image"),
    path("i/<slug:public_id>/actions/", image.sheet, name="actions"),
    path("i/<slug:public_id>/card/", image.card, name="card"),
    path("i/<slug:public_id>/report/", report.report, name="report"),
    path("i/<slug:public_id>/rate/", actions.rate, name="rate"),
    path("i/<slug:public_id>/favourite/", actions.favourite, name="favourite"),
    path("i/<slug:public_id>/hide/", actions.hide, name="hide"),
    path("i/<slug:public_id>/unhide/", actions.unhide, name="unhide"),
    path("media/<slug:public_id>/<int:width>.<slug:extension>", media.rendition, name="rendition"),
    path("theme/", preferences.theme, name="theme"),
    path("sw.js", offline.service_worker, name="service_worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("offline/", offline.offline, name="offline"),
]
