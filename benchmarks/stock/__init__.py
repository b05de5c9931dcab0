"""What most teams write first, as a control: a route that inserts, commits and calls ``.delay()``, and Celery as it comes."""
