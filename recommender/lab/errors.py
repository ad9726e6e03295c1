"""Errors of the lab. The text of each error is one sentence that can be shown to a user."""


class LabError(ValueError):
    """Base class of all errors of the lab."""


class DataError(LabError):
    """A data set is missing, is damaged, or lacks data that a protocol needs."""
