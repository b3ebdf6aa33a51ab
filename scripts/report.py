"""Show the newest report, or write its charts as figures."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.report import main

if __name__ == "__main__":
    main()
