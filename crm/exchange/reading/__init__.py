"""From bytes to rows of cells, whatever the encoding or the format, and however hostile."""
