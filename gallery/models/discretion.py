"""How little may be said of what others rated: a mean of one or two people tells what each of them gave."""

FEWEST = 3  # people


def may_be_told(people: int) -> bool:
    """Whether so many people rated that their number, their mean, or what is found by it may be shown to
    others. Staff find it in the admin in any case."""
    return people >= FEWEST
