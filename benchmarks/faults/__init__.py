"""The fault suite: real processes under load, one fault at a time, and a table of what became of every accepted webhook."""
