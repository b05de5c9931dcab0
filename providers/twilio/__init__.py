"""Twilio: its words into ours."""
