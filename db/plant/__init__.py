"""Queries of the plant itself: they find rows by their id or by their due time, whatever tenant they belong to."""
