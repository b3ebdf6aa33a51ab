"""Turn XuetangX's raw JSON into events."""

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli.xuetangx import main

if __name__ == "__main__":
    main()
