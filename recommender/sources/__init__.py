"""The sources of the blend. `SOURCES` is the only place that names them.

A new one goes to the end: people's agents are kept in this order,
and one that is new to them joins after the others.
"""

from recommender.sources.base import Source
from recommender.sources.content import CONTENT
from recommender.sources.demographics import DEMOGRAPHICS
from recommender.sources.neighbours import NEIGHBOURS

SOURCES: tuple[Source, ...] = (NEIGHBOURS, CONTENT, DEMOGRAPHICS)
