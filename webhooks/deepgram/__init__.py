"""What Deepgram says to us: its credentials, its envelope, its route."""
