"""Check a published folder by its files alone."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.verify import main

if __name__ == "__main__":
    main()
