"""Accounts: signing in, mails, taking one's data along, deleting it."""
