"""Print what became of one user or one course."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.explain import main

if __name__ == "__main__":
    main()
