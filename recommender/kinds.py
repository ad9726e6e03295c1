"""The recommender's kinds of jobs."""

from gallery.plumbing.kinds import declare

LEARN = declare("learn", task="recommender.tasks.learn", queue="learn")
NIGHTLY = declare("nightly", task="recommender.tasks.nightly", queue="night", hour=3)
TRAIN = declare("train", task="recommender.tasks.train", queue="train", hour=4)
