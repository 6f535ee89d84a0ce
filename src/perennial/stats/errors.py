"""What the library raises when it refuses to give a number."""


class NotEstimable(ValueError):
    """The data do not determine what was asked for; the message says why."""
