"""What it costs to read: lists and single things of a full house, beside the least that a route can do."""
