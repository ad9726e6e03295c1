"""What can go wrong in the lab; the text of each error is one sentence for a person."""


class LabError(ValueError):
    """Anything that the lab refuses."""


class DataError(LabError):
    """A data set that is missing, damaged, or without what a protocol needs."""
