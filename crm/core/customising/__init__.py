"""How a tenant's people add fields to nouns, change them and let them go."""
