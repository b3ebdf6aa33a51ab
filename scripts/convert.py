"""Convert a published folder to the files of RecBole or RePlay."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.convert import main

if __name__ == "__main__":
    main()
