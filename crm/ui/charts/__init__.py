"""Charts made on the server: drawings without scripts and styles of their own, so that the policy stays strict."""
