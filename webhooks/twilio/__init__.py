"""What Twilio says to us: its signature, its words, its routes."""
