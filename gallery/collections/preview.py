"""What other sites show of a collection whose address somebody passes on: never more than a stranger sees."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gallery.browse.preview import Preview, with_picture
from gallery.collections import services
from gallery.models import Collection


def of_collection(found: Collection) -> Preview | None:
    """Who was given the link of a shared one may pass it on."""
    if found.sharing == Collection.Sharing.PRIVATE:
        return None
    cover, n = services.covers([found], AnonymousUser())[found.pk]
    shown = ngettext("%(n)s picture", "%(n)s pictures", n) % {"n": n}
    about = f"{_('by %(name)s') % {'name': found.owner.username}} · {shown}"
    return with_picture(found.get_absolute_url(), found.name, found.description or about, cover)
