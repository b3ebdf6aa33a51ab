"""The one error a user is meant to see."""


class UserError(Exception):
    """Something the user can fix, in one line: what, where, what to do."""


def reason(error: Exception) -> str:
    """What an error of the system or a library says, in one line, with its file."""
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        )
    return (str(error) or type(error).__name__).splitlines()[0]
