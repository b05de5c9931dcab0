"""Whether it stays as quick with a million stored events and a hundred thousand runs waiting, and what a call weighs on disk."""
