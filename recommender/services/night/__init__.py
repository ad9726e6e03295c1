"""The steps of a night, one file each: `run(night, held) -> rows written`;
each may be run again at any time."""
