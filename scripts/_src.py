"""Let the commands import the package of this checkout, whatever is installed.

And not one another: Python looks for modules in a script's folder first, where
inspect.py would stand in for its library's module of that name.

A Python without click, which every command begins with, ends here in one line; other
missing packages end in one line in cli/command.py.
"""

import os.path
import sys

HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120, pathlib imports more
sys.path[:] = [path for path in sys.path if os.path.realpath(path) != HERE]

# only now: these might import what has the name of a script
import importlib.util  # noqa: E402
import json  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

if not importlib.util.find_spec("click"):
    why = f"click is not installed for {sys.executable}; run make run to set up .venv"
    print(f"{Path(sys.argv[0]).stem}: {why}", file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps({"error": why}, indent=2))
    sys.exit(1)
