"""The bridge: the only code that knows both the ORM and arrays."""
