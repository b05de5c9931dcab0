"""Customers call us here: what was said, what we made of it, and whether we are well."""
