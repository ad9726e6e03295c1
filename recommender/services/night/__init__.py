"""The steps of a night, one file each: `run(night, held) -> number of rows written`. Each step can run again
at any time."""
