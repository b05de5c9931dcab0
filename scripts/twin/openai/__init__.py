"""The parts of OpenAI that we use: Responses and Chat Completions with structured output, answered from rules."""
