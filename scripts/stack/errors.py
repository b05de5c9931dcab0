"""What can stop the local stack; the message tells a person what happened and what to do next."""


class StackError(Exception):
    """The local stack cannot go on."""
