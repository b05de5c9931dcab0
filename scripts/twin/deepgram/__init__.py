"""The parts of Deepgram that we use: pre-recorded speech to text, inline or by callback, and what became of a request."""
