"""Fields that a tenant has added to a noun: how they are declared, kept, known and asked. Knows no noun."""
