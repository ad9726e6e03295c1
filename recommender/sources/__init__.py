"""The sources of the blend. Only `SOURCES` names them.

A new source goes to the end: the agents of users are stored in this order, and the agent of a new source
joins after the others.
"""

from recommender.sources.base import Source
from recommender.sources.content import CONTENT
from recommender.sources.demographics import DEMOGRAPHICS
from recommender.sources.neighbours import NEIGHBOURS

SOURCES: tuple[Source, ...] = (NEIGHBOURS, CONTENT, DEMOGRAPHICS)

# of the paper's agents (003), which know two sources
CLASSIC_SOURCES = (NEIGHBOURS.name, CONTENT.name)
