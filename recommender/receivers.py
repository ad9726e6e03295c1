"""What the recommender does when the gallery records something; connected by `RecommenderConfig.ready`."""
