"""How much memory DuckDB may use."""

import os


def limits() -> dict[str, str]:
    """DuckDB's config by env DUCKDB_MEMORY_LIMIT; without it, DuckDB takes 80 %."""
    limit = os.environ.get("DUCKDB_MEMORY_LIMIT")
    return {"memory_limit": limit} if limit else {}
