"""Previews of links to collections on other sites: they never show more than an anonymous visitor sees."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gallery.browse.preview import Preview, with_picture
from gallery.collections import services
from gallery.models import Collection


def of_collection(collection: Collection) -> Preview | None:
    """None for a private collection. Users who have the link of a shared one may pass it on."""
    if collection.sharing == Collection.Sharing.PRIVATE:
        return None
    cover, n = services.covers([collection], AnonymousUser())[collection.pk]
    pictures = ngettext("%(n)s picture", "%(n)s pictures", n) % {"n": n}
    summary = f"{_('by %(name)s') % {'name': collection.owner.username}} · {pictures}"
    return with_picture(
        collection.get_absolute_url(), collection.name, collection.description or summary, cover
    )
