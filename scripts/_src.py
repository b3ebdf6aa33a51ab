"""Let the commands import the package of this checkout, whatever is installed.

A Python without click, which every command begins with, ends here in one line; other
missing packages end in one line in cli/command.py.
"""

import importlib.util
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

if not importlib.util.find_spec("click"):
    why = f"click is not installed for {sys.executable}; run make run to set up .venv"
    print(f"{Path(sys.argv[0]).stem}: {why}", file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps({"error": why}, indent=2))
    sys.exit(1)
