"""What is asked of the API, done in a worker: one file for each kind of job."""
