"""Download a public dataset to where its preset looks."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.fetch import main

if __name__ == "__main__":
    main()
