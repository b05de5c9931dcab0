"""What a whole run costs: claims, steps and fenced commits, beside four empty tasks and a queue that lives in Postgres."""
