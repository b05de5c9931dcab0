"""Who we answer for: an organization, what may be set for it, its hours and its kind of business."""
