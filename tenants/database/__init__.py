"""The fail-closed database backend."""
