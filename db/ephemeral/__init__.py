"""A room for what may be forgotten: Redis keys that carry their organization and a time to live (docs/decisions/0023)."""
