"""What was said and by whom: roles, intents, intake, sentiment, summary, figures of the talk."""
