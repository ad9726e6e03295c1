"""Pictures painted by the project itself, and people with tastes:
a site that is alive before anybody has uploaded."""
