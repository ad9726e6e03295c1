"""Parsing of on/off parameters."""

from django.utils.translation import gettext as _

from gallery.plumbing.errors import BadValue


def parse_flag(text: str) -> bool:
    """True for "1", False for "0". Raises BadValue for anything else."""
    if text not in {"0", "1"}:
        raise BadValue(_("This is either on (1) or off (0)."))
    return text == "1"
