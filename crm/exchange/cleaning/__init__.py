"""From one cell to one value of a field, or to the reason why not."""
