"""Who is in danger: phrase rules that need no vendor and cannot be switched off."""
