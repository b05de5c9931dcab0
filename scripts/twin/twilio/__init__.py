"""The parts of Twilio that we use: recordings, messages, calls, and the webhooks that it sends."""
