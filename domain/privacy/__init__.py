"""What is kept of a caller, for how long, and how it is found again to be erased."""
