"""What the gallery keeps: images, what people did with them, and jobs.
Constraints hold what the code promises.

The lowest floor: nothing of the gallery is imported here.
Each file has its tables and the vocabulary of reading them.
"""

from gallery.models.acts import Favourite, Hide, Rating, RatingChange, Source, View
from gallery.models.catalogue import Genre, Image, Keyword, new_public_id
from gallery.models.collections import Collection, CollectionItem, Follow, SavedSearch, new_token
from gallery.models.index import Listing, SameKey, SearchToken, Swatch
from gallery.models.installation import Installation
from gallery.models.jobs import Job
from gallery.models.reports import Report

__all__ = [
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
