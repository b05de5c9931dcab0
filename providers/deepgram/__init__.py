"""Deepgram: its words into ours."""
