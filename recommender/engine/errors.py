"""What can go wrong at the border of the engine; the text of each error is one sentence for a person."""


class EngineError(ValueError):
    """Anything that the engine refuses."""


class InvalidRatings(EngineError):
    """Ratings that cannot be learnt from: off the scale, not finite, given twice, outside the matrix."""


class InvalidInput(EngineError):
    """An argument whose shape, range or name makes no sense."""


class UnknownId(EngineError):
    """An external id that the map does not hold."""


class DamagedArtifact(EngineError):
    """A saved model that is missing, truncated, altered or of another kind."""


class CannotLearn(EngineError):
    """Data that a network cannot be taught with, or a training that did not come to numbers."""
