"""Addresses of what is personal."""

from django.urls import path

from recommender import controls, views

app_name = "recommender"
urlpatterns = [
    path("for-you/", views.for_you, name="for_you"),
    path("taste/", views.taste_page, name="taste"),
    path("taste/genre/", controls.genre, name="genre_stance"),
    path("taste/discovery/", controls.discovery, name="discovery"),
    path("taste/pause/", controls.pause, name="pause"),
    path("taste/private/", controls.private, name="private"),
    path("taste/reset/", controls.reset, name="reset"),
    path("rate/", views.rate_mode, name="rate_mode"),
    path("rate/<str:token>/", views.sitting_page, name="sitting"),
    path("rate/<str:token>/learnt/", views.learnt_page, name="learnt"),
    path("welcome/", views.welcome_page, name="welcome"),
    path("i/<slug:public_id>/why/", views.why, name="why"),
    path("i/<slug:public_id>/similar/", views.similar, name="similar"),
]
