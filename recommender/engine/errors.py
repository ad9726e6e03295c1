"""Errors of the engine. The text of each error is one sentence that can be shown to a user."""


class EngineError(ValueError):
    """Base class of all errors of the engine."""


class InvalidRatings(EngineError):
    """Invalid ratings: off the scale, not finite, given twice, or outside the matrix."""


class InvalidInput(EngineError):
    """An argument with an invalid shape, range or name."""


class UnknownId(EngineError):
    """An external id that is not in the map."""


class DamagedArtifact(EngineError):
    """A saved model is missing, truncated, altered or of another kind."""


class CannotLearn(EngineError):
    """The data is not suitable to train a network, or the training gave values that are not finite."""
