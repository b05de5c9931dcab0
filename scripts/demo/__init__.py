"""The demo: plays the vendors over HTTP, reads /v1, tells what became of each call."""
