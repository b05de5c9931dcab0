"""OpenAI, and every server that speaks its API: their words into ours."""
