"""How little may be said of what others rated: a mean of one or two people tells what each of them gave."""

MIN_PEOPLE = 3  # people


def may_disclose(people: int) -> bool:
    """Whether so many people rated that their number, their mean, or what is found by it may be shown to
    others. Staff find it in the admin in any case."""
    return people >= MIN_PEOPLE
