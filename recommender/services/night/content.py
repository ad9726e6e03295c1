"""Computes the content features of all images and writes them into the night's content file."""

import numpy as np

from gallery.plumbing import jobs
from recommender.data import artifacts
from recommender.data.artifacts import Content
from recommender.data.snapshot import read_catalogue
from recommender.engine.content_fit import fit_features, words
from recommender.engine.ids import IdMap
from recommender.services.night.common import Night

FEATURES_SEED = 20


def run(night: Night, held: jobs.Claim) -> int:
    catalogue = read_catalogue()
    documents = [
        words(title) + tags for title, tags in zip(catalogue.titles, catalogue.keywords, strict=True)
    ]
    space = fit_features(
        documents, catalogue.genres, catalogue.descriptors, rng=np.random.default_rng(FEATURES_SEED)
    )
    features = space.transform(documents, catalogue.genres, catalogue.descriptors)
    artifacts.save_content(
        night.key,
        Content(
            IdMap.of(catalogue.images),
            features,
            catalogue.genre_ids,
            catalogue.genres,
            catalogue.genre_of,
            catalogue.published,
        ),
    )
    return len(catalogue.images)
