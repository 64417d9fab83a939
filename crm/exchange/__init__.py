"""Moving records in from files: parse, clean, match, save, report, undo."""
