"""Between database and arrays: only this package uses both the ORM and numpy."""
