"""The parameters of a search. Its address contains all of them, so that it can be shared."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.utils.translation import gettext_lazy as _

from gallery.browse.genres import genres_known_to
from gallery.models import Genre, Image
from gallery.search import by_picture
from gallery.search.colours import OFFERED


class Orientation(models.TextChoices):
    LANDSCAPE = "landscape", _("Landscape")
    PORTRAIT = "portrait", _("Portrait")
    SQUARE = "square", _("Square")


class Sort(models.TextChoices):
    RELEVANCE = "relevance", _("Relevance")
    NEWEST = "newest", _("Newest")
    BEST = "best", _("Best rated")
    TRENDING = "trending", _("Trending")
    FOR_ME = "for-me", _("For me")


@dataclass(frozen=True)
class Query:
    """A validated search. `look` is a descriptor: of the image `like`, or of a picture that the visitor
    sent."""

    words: str = ""
    genre: Genre | None = None
    orientation: str = ""
    unrated: bool = False
    sort: str = Sort.RELEVANCE
    colour: str = ""
    stars: int | None = None
    since: date | None = None
    until: date | None = None
    unseen: bool = False
    rated: bool = False
    like: Image | None = None
    look: bytes = b""

    @property
    def pictured(self) -> bool:
        """Whether the search is by a picture of the visitor, which is not an image of this site."""
        return bool(self.look) and self.like is None

    @property
    def filtered(self) -> bool:
        """Whether there is a filter besides the words."""
        return self != Query(words=self.words, sort=self.sort)

    @property
    def narrowed(self) -> bool:
        """Whether there is a condition besides the colour."""
        return self != Query(colour=self.colour, sort=self.sort)

    @property
    def closer(self) -> int:
        """The number of filters in use of those behind "More filters"."""
        return sum(map(bool, (self.colour, self.stars, self.since, self.until)))


# Filters come from links: a wrong filter means a wrong address, so the framework's messages about wrong input
# would not fit.
_WRONG_FILTER = dict.fromkeys(
    ("invalid", "invalid_choice", "min_value", "max_value", "max_length"),
    _("A filter in the address of this search is wrong."),
)
_FILTER: dict[str, Any] = {"required": False, "error_messages": _WRONG_FILTER}


class SearchForm(forms.Form):
    q = forms.CharField(
        max_length=100, required=False, error_messages={"max_length": _("A search has at most 100 letters.")}
    )
    genre = forms.ModelChoiceField(Genre.objects.none(), to_field_name="slug", **_FILTER)
    orientation = forms.ChoiceField(choices=[("", ""), *Orientation.choices], **_FILTER)
    unrated = forms.BooleanField(required=False)
    rated = forms.BooleanField(required=False)
    unseen = forms.BooleanField(required=False)
    sort = forms.ChoiceField(choices=[("", ""), *Sort.choices], **_FILTER)
    colour = forms.RegexField(r"^[0-9a-fA-F]{6}$", **_FILTER)
    stars = forms.IntegerField(min_value=1, max_value=5, **_FILTER)
    since = forms.DateField(input_formats=["%Y-%m-%d"], **_FILTER)
    until = forms.DateField(input_formats=["%Y-%m-%d"], **_FILTER)
    like = forms.SlugField(max_length=16, **_FILTER)
    look = forms.CharField(max_length=400, **_FILTER)

    orientations = Orientation
    sorts = Sort
    palette = OFFERED

    def __init__(self, data: Any, user: User | AnonymousUser) -> None:
        """A genre that the user may not know about is not a valid choice."""
        super().__init__(data)
        self.user = user
        self.fields["genre"].queryset = genres_known_to(user)  # type: ignore[attr-defined]  # it is a ModelChoiceField

    def clean_look(self) -> bytes:
        text = self.cleaned_data["look"]
        try:
            return by_picture.from_address(text) if text else b""
        except ValueError:
            raise forms.ValidationError(_("This address of a picture search is damaged.")) from None

    def query(self) -> Query:
        """The search. Raises Image.DoesNotExist if the user may not see the image that it starts from."""
        data: dict[str, Any] = self.cleaned_data
        like = Image.objects.visible(self.user).get(public_id=data["like"]) if data["like"] else None
        return Query(
            words=data["q"],
            genre=data["genre"],
            orientation=data["orientation"],
            unrated=data["unrated"],
            sort=data["sort"] or Sort.RELEVANCE,
            colour=data["colour"].lower(),
            stars=data["stars"],
            since=data["since"],
            until=data["until"],
            unseen=data["unseen"],
            rated=data["rated"],
            like=like,
            look=bytes(like.descriptor) if like else data["look"],
        )

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])
