"""The run itself: blocks of rows, groups, related records, chunks, progress."""
