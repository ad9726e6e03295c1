"""Expected errors."""


class BadValue(ValueError):
    """A value that cannot be recorded; the message is for the user who sent it."""
