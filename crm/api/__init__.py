"""The REST surface: walks the registry, knows no noun by name."""
