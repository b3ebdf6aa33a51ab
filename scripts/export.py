"""Publish what `dbt build` made."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.export import main

if __name__ == "__main__":
    main()
