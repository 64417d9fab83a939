"""The sample shop: a generator, its way into a schema, and its removal."""
