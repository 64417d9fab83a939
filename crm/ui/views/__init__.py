"""The views, by what people do."""
