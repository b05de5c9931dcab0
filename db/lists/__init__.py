"""What customers page through beside transcripts, one file per kind of thing; each list is one question to the database."""
