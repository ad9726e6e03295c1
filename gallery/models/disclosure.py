"""How much may be shown of other users' ratings: the mean of one or two users would reveal what each of them
rated."""

MIN_PEOPLE = 3  # users


def may_disclose(raters: int) -> bool:
    """Whether the number of raters, their mean, or a result based on them may be shown to other users. Staff
    see these figures in the admin in any case."""
    return raters >= MIN_PEOPLE
