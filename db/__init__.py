"""The only room that knows SQLAlchemy: tables, and queries named as verbs. Nobody else holds a connection."""
