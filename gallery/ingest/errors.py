"""Why a file is refused. This module needs no Django: the limited child process imports it too."""

from collections.abc import Callable


def gettext_noop(text: str) -> str:
    """Marks a sentence for translation; `gallery.ingest.gate.refusal_sentence` translates it."""
    return text


SENTENCES = {
    "empty": gettext_noop("The file is empty."),
    "bytes": gettext_noop("The file is larger than %(limit)d MB."),
    "format": gettext_noop("This is not a JPEG, PNG, WebP, GIF or AVIF picture."),
    "pixels": gettext_noop("The picture has more than %(limit)d million pixels."),
    "side": gettext_noop("A side of the picture is longer than %(limit)d pixels."),
    "small": gettext_noop("The picture is smaller than %(limit)d pixels on one side."),
    "shape": gettext_noop("The picture is more than %(limit)d times as long as it is wide."),
    "frames": gettext_noop("The picture has more than %(limit)d frames."),
    "passes": gettext_noop("The picture is built in more than %(limit)d passes."),
    "damaged": gettext_noop("The picture is damaged or cut short."),
    "memory": gettext_noop("Decoding the picture takes more memory than is allowed."),
    "time": gettext_noop("Decoding the picture takes longer than is allowed."),
    "crash": gettext_noop("The decoder broke on this picture."),
    "link": gettext_noop("This is a link; links are not followed."),
    "special": gettext_noop("This is not a regular file."),
    "unreadable": gettext_noop("The file cannot be read."),
    "system": gettext_noop("Passed over: a system or a program keeps this for itself."),
    "hidden": gettext_noop("Passed over: what begins with a dot is hidden."),
    "missing": gettext_noop("The file is listed in line %(line)d of the metadata, but it is not there."),
    "ambiguous": gettext_noop("Line %(line)d of the metadata does not say clearly which file it means."),
    "changed": gettext_noop("The file changed while it was read."),
    "full": gettext_noop("The picture cannot be stored: %(cause)s."),
}


class Refused(ValueError):
    """A refused file: a `reason` out of SENTENCES with its `facts`; str() is the English sentence."""

    def __init__(self, reason: str, **facts: int | str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts

    def __str__(self) -> str:
        return self.sentence(str)

    def sentence(self, translate: Callable[[str], str]) -> str:
        """One clear sentence for the user, in the language of `translate`."""
        return translate(SENTENCES[self.reason]) % self.facts
