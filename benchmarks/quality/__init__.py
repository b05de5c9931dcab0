"""How right the local engines are, on conversations that people had: roles, intents, safety, and what they cost."""
