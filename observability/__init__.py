"""What the house says about itself: trace ids, JSON logs, redaction, Sentry."""
