"""How files begin, so that of thousands only those that differ are looked at.

A file's beginning is a few lines of text, or a Parquet file's columns. Two files that
begin alike have the same columns, written the same way.
"""

import gzip
import zlib
from pathlib import Path
from typing import IO

BYTES = 1 << 16  # of each file, unpacked
LINES = 2
# what reading a file that is damaged, of another kind or not there may raise
UNREADABLE = (OSError, EOFError, ValueError, NotImplementedError, zlib.error)


def opened(path: Path, packed: str) -> IO[bytes]:
    """A file, unpacked as it is read.

    Args:
        path: Where it is.
        packed: Its ending, if that says that it is packed: .gz or .zst.
    """
    if packed == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if packed == ".zst":
        import pyarrow as pa

        return pa.input_stream(str(path), compression="zstd")
    return path.open("rb")


def file_head(path: str) -> list[str] | None:
    """The first lines with their ends, or a Parquet file's columns.

    None if it is not a file of this machine, not text or Parquet, or has no line that
    ends soon: such a file is like no other.
    """
    file = Path(path)
    ending = file.suffix.lower()
    try:
        if ending == ".parquet":
            return [columns_of_parquet(file)]
        with opened(file, ending) as handle:
            text = handle.read(BYTES)
        lines = [line for line in text.splitlines(keepends=True) if line.strip(b"\r\n")]
        is_cut = len(text) == BYTES and len(lines) < LINES
        if not lines or is_cut or b"\0" in text:
            return None
        return [line.decode("utf-8") for line in lines[:LINES]]
    except UNREADABLE:
        return None


def columns_of_parquet(path: Path) -> str:
    """The names and types of a Parquet file's columns."""
    import pyarrow.parquet as pq

    # the first line names the object's place in memory
    return str(pq.ParquetFile(path).schema).partition("\n")[2]
