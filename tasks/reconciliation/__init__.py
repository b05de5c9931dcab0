"""What was missed while we were down: ``task`` asks all accounts, ``listing`` goes on, ``findings`` sorts, ``taking_in`` stores."""
