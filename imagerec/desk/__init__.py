"""The first page of the admin and its menu."""
