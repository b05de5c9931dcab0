"""How many webhooks a second the front takes, and how quickly, beside two fronts that anybody could have written."""
