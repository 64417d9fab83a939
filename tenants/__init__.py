"""The service's own customers: who they are, where their schemas stand, and the walls between them."""
