"""The addresses of the personal pages."""

from django.urls import path

from recommender import taste_controls, views

app_name = "recommender"
urlpatterns = [
    path("for-you/", views.for_you, name="for_you"),
    path("taste/", views.taste_page, name="taste"),
    path("taste/genre/", taste_controls.genre, name="genre_stance"),
    path("taste/discovery/", taste_controls.discovery, name="discovery"),
    path("taste/pause/", taste_controls.pause, name="pause"),
    path("taste/private/", taste_controls.private, name="private"),
    path("taste/reset/", taste_controls.reset, name="reset"),
    path("rate/", views.rate_mode, name="rate_mode"),
    path("rate/<str:token>/", views.rating_session_page, name="rating_session"),
    path("rate/<str:token>/learnt/", views.learnt_page, name="learnt"),
    path("welcome/", views.welcome_page, name="welcome"),
    path("i/<slug:public_id>/why/", views.why, name="why"),
    path("i/<slug:public_id>/similar/", views.similar, name="similar"),
]
