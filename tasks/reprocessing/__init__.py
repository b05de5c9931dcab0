"""Reprocessing: what it would take, before anything is written."""
