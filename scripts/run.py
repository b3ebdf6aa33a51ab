"""Build a dataset, publish it, and report what was made and where."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.run import main

if __name__ == "__main__":
    main()
