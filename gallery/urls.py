"""Addresses of the gallery. The view, not the pattern, checks widths and extensions of renditions."""

from django.urls import path

from gallery.acts import history, image_page, selection
from gallery.acts import views as acts
from gallery.browse import media, offline, preferences, roots
from gallery.browse import views as browse
from gallery.collections import views as collections
from gallery.reports import views as reports
from gallery.search import views as search

app_name = "gallery"
urlpatterns = [
    path("", browse.explore, name="explore"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    path("search/picture/", search.by_picture, name="by_picture"),
    path("search/saved/", search.saved, name="saved_searches"),
    path("search/save/", search.save, name="save_search"),
    path("search/saved/<int:number>/delete/", search.delete_search, name="delete_search"),
    path("collections/", collections.collections, name="collections"),
    path("collections/new/", collections.create, name="create_collection"),
    path("c/<slug:token>/", collections.collection, name="collection"),
    path("c/<slug:token>/arrange/", collections.arrange, name="collection_arrange"),
    path("c/<slug:token>/edit/", collections.edit, name="edit_collection"),
    path("c/<slug:token>/order/", collections.order, name="order_collection"),
    path("c/<slug:token>/cover/", collections.cover, name="cover_collection"),
    path("c/<slug:token>/put/", collections.put, name="put_in_collection"),
    path("c/<slug:token>/follow/", collections.follow, name="follow_collection"),
    path("c/<slug:token>/delete/", collections.delete, name="delete_collection"),
    path("genre/<slug:slug>/", browse.genre, name="genre"),
    path("history/", history.history, name="history"),
    path("history/forget/", history.forget, name="forget"),
    path("history/ratings/", history.ratings, name="rated"),
    path("favourites/", browse.favourites, name="favourites"),
    path("selection/rate/", selection.rate_selection, name="rate_selection"),
    path("selection/favourite/", selection.favourite_selection, name="favourite_selection"),
    path("selection/hide/", selection.hide_selection, name="hide_selection"),
    path("selection/unhide/", selection.unhide_selection, name="unhide_selection"),
    path("selection/collections/", selection.choose_for_selection, name="choose_for_selection"),
    path("selection/collect/", selection.collect_selection, name="collect_selection"),
    path("selection/uncollect/", selection.uncollect_selection, name="uncollect_selection"),
    path("selection/take-out/", selection.take_out_selection, name="take_out_selection"),
    path("selection/put-back/", selection.put_back_selection, name="put_back_selection"),
    path("i/<slug:public_id>/", image_page.image, name="image"),
    path("i/<slug:public_id>/actions/", image_page.sheet, name="actions"),
    path("i/<slug:public_id>/collect/", collections.choose, name="collect"),
    path("i/<slug:public_id>/card/", image_page.card, name="card"),
    path("i/<slug:public_id>/report/", reports.report, name="report"),
    path("i/<slug:public_id>/rate/", acts.rate, name="rate"),
    path("i/<slug:public_id>/favourite/", acts.favourite, name="favourite"),
    path("i/<slug:public_id>/hide/", acts.hide, name="hide"),
    path("i/<slug:public_id>/unhide/", acts.unhide, name="unhide"),
    path("said/forget/", acts.discard_marks, name="discard_marks"),
    path("media/<slug:public_id>/<int:width>.<slug:extension>", media.rendition, name="rendition"),
    path("theme/", preferences.theme, name="theme"),
    path("sw.js", offline.service_worker, name="service_worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("robots.txt", roots.robots, name="robots"),
    path("favicon.ico", roots.favicon, name="favicon"),
    path("offline/", offline.offline, name="offline"),
]
