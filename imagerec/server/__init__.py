"""The layer between the network and Django."""
