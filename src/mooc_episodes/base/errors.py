"""The one error a user is meant to see."""


class UserError(Exception):
    """Something the user can mend, told in one line: what, where, what to do."""
