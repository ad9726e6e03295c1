"""What goes wrong on purpose."""


class BadValue(ValueError):
    """What was sent is not something that can be recorded; the message is for the person who sent it."""
