"""Look at a file of events, and print what it is and the settings that read it."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.inspect import main

if __name__ == "__main__":
    main()
