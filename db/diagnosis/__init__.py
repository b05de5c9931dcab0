"""Reads what is known of something that a person asks about; changes nothing."""
