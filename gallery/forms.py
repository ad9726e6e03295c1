"""What a search may ask for. The address of a search holds all of it, so that it can be shared."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from gallery.models import Genre


class Orientation(models.TextChoices):
    LANDSCAPE = "landscape", _("Landscape")
    PORTRAIT = "portrait", _("Portrait")
    SQUARE = "square", _("Square")


class Sort(models.TextChoices):
    RELEVANCE = "relevance", _("Relevance")
    NEWEST = "newest", _("Newest")
    BEST = "best", _("Best rated")
    TRENDING = "trending", _("Trending")


@dataclass(frozen=True)
class Query:
    """A search, checked."""

    words: str = ""
    genre: Genre | None = None
    orientation: str = ""
    unrated: bool = False
    sort: str = Sort.RELEVANCE


class SearchForm(forms.Form):
    q = forms.CharField(max_length=100, required=False)
    genre = forms.ModelChoiceField(Genre.objects.all(), to_field_name="slug", required=False)
    orientation = forms.ChoiceField(choices=[("", ""), *Orientation.choices], required=False)
    unrated = forms.BooleanField(required=False)
    sort = forms.ChoiceField(choices=[("", ""), *Sort.choices], required=False)

    orientations = Orientation
    sorts = Sort

    @property
    def query(self) -> Query:
        data: dict[str, Any] = self.cleaned_data
        return Query(data["q"], data["genre"], data["orientation"], data["unrated"], data["sort"] or Sort.RELEVANCE)

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])
