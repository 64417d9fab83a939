"""Tests of what binds the parts together."""
