"""Engines that work offline: roles, intent, replies, and a messenger that records instead of sending."""
