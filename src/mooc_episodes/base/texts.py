"""What DuckDB's readers do not say about a text, seen in its bytes."""

import re
from pathlib import Path

from mooc_episodes.base.heads import UNREADABLE, opened

BYTES = 1 << 24  # of a file that is looked at whole


def may_leave_quote_open(path: str, delimiter: str, quote: str, escape: str) -> bool:
    """Whether a quoted field may go on to the end of a CSV.

    Reading more files than it has threads for, DuckDB leaves out such a field and the
    rows in it, and says nothing. A large file with any quote may be one.
    """
    file, mark = Path(path), quote.encode()
    try:
        with opened(file, file.suffix.lower()) as handle:
            text = handle.read(BYTES)
            if len(text) < BYTES:
                return mark in text and ends_in_quotes(text, delimiter, quote, escape)
            while text:
                if mark in text:
                    return True
                text = handle.read(BYTES)
    except UNREADABLE:
        pass
    return False


def ends_in_quotes(text: bytes, delimiter: str, quote: str, escape: str) -> bool:
    r"""Whether the last field that begins with a quote lacks its other one.

    >>> ends_in_quotes(b'7,"a, b"\n7,"c\n', ",", '"', '"')
    True
    >>> ends_in_quotes(b'7,"a ""b"\n7,c"d\n', ",", '"', '"')
    False
    """
    mark, edge, before = (re.escape(one.encode()) for one in (quote, delimiter, escape))
    within = b"[^" + mark + b"]*+"
    if escape == quote:
        within += b"(?:" + mark + mark + within + b")*+"
    elif escape:
        plain = b"[^" + mark + before + b"]*+"
        within = plain + b"(?:" + before + b"." + plain + b")*+"
    begin = rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n]|" + edge + b") *" + mark
    field = re.compile(begin + within + b"(" + mark + rb"|\Z)", re.DOTALL)
    return any(not found[1] for found in field.finditer(text))
