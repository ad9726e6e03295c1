"""The tables of the gallery: images, users' actions on them, and jobs. Constraints enforce what the code
assumes.

The lowest layer: it imports nothing else of the gallery. Each file has its tables and their querysets.
"""

from gallery.models.acts import Favourite, Hide, Rating, RatingChange, Source, View
from gallery.models.catalogue import Genre, Image, Keyword, new_public_id
from gallery.models.collections import Collection, CollectionItem, Follow, SavedSearch, new_token
from gallery.models.index import Listing, SameKey, SearchToken, Swatch
from gallery.models.installation import Installation
from gallery.models.jobs import Job
from gallery.models.reports import Report
from gallery.models.trust import AccountWeight

__all__ = [
    "AccountWeight",
    "Collection",
    "CollectionItem",
    "Favourite",
    "Follow",
    "Genre",
    "Hide",
    "Image",
    "Installation",
    "Job",
    "Keyword",
    "Listing",
    "Rating",
    "RatingChange",
    "Report",
    "SameKey",
    "SavedSearch",
    "SearchToken",
    "Source",
    "Swatch",
    "View",
    "new_public_id",
    "new_token",
]
