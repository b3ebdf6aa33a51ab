"""Errors as a user sees them: one line each."""

import contextlib
from collections.abc import Iterator


class UserError(Exception):
    """Something the user can fix, in one line: what, where, what to do."""


def reason(error: Exception) -> str:
    """What an error of the system or a library says, in one line, with its file."""
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        )
    return (str(error) or type(error).__name__).splitlines()[0]


@contextlib.contextmanager
def leaving(state: str) -> Iterator[None]:
    """Add a note on the state to a failure or Ctrl-C in this block.

    Args:
        state: E.g. "nothing was published".
    """
    try:
        yield
    except BaseException as error:
        error.add_note(state)
        raise
