"""What a caller said and from where: must turn up in no sink."""

WORDS = "my chest hurts and I cannot breathe"
NUMBER = "+15005550123"
