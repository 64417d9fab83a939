"""One change of many records at once: asked, tried, run as a job, undone."""
