"""Calls and messages: what Twilio tells, what a call does next, threads and who wants none."""
