"""Accounts: signing in, mails, the download and the deletion of a user's data."""
