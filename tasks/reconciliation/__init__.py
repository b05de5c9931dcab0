"""What was missed while we were down: ``task`` asks account by account, ``listing`` goes through a list, ``taking_in`` stores."""
