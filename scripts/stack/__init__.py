"""The local stack: embedded servers, the Procfile's processes, and what keeps them together."""
