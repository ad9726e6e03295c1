"""Addresses of the gallery. Widths and extensions of renditions are checked by the view, not by the pattern."""

from django.urls import path

from gallery.views import actions, browse, collections, history, image, media, preferences, searching

app_name = "gallery"
urlpatterns = [
    path("", browse.explore, name="explore"),
    path("search/", browse.search, name="search"),
    path("search/suggest/", searching.suggest, name="suggest"),
    path("search/picture/", searching.by_picture, name="by_picture"),
    path("search/saved/", searching.saved, name="saved_searches"),
    path("search/save/", searching.save, name="save_search"),
    path("search/saved/<int:number>/delete/", searching.forget, name="delete_search"),
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
    path("i/<slug:public_id>/", image.image, name="image"),
    path("i/<slug:public_id>/actions/", image.sheet, name="actions"),
    path("i/<slug:public_id>/collect/", collections.choose, name="collect"),
    path("i/<slug:public_id>/rate/", actions.rate, name="rate"),
    path("i/<slug:public_id>/favourite/", actions.favourite, name="favourite"),
    path("i/<slug:public_id>/hide/", actions.hide, name="hide"),
    path("i/<slug:public_id>/unhide/", actions.unhide, name="unhide"),
    path("media/<slug:public_id>/<int:width>.<slug:extension>", media.rendition, name="rendition"),
    path("theme/", preferences.theme, name="theme"),
]
