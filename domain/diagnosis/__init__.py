"""Why something stands still, and what to do about it: causes told from evidence, for people at 3 a.m."""
