"""The demo: painted pictures, and simulated users with tastes, for a new site without uploads."""
