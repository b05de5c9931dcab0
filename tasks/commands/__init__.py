"""Commands for people, as Celery subcommands: ``celery -A tasks <command> --help``."""
