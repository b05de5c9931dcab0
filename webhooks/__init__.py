"""Vendors call us here: verify, store raw, ring the doorbell, answer."""
