"""Show the newest report, or write its charts as figures for a paper.

open     shows report.html in a browser
figures  writes each chart as SVG and PNG to figures/ beside it

Exit codes: 0 done, 1 there is no such report (one line says why), 2 wrong usage,
130 interrupted.
"""

import sys
import webbrowser
from pathlib import Path

from mooc_episodes.cli import command

with command.exit_on_error():
    from mooc_episodes.base.errors import UserError
    from mooc_episodes.base.paths import PROJECT, relative
    from mooc_episodes.publish.export import ExportPaths
    from mooc_episodes.publish.folders import read_registry
    from mooc_episodes.report.figures import save_figures
    from mooc_episodes.report.page import PAGE


def newest(registry: Path, dataset: str | None) -> Path:
    """The folder of the newest report, of a data set if one is named.

    Raises:
        UserError: There is none.
    """
    for run in reversed(read_registry(registry)["runs"]):
        folder = PROJECT / run["out_dir"]
        if dataset in {None, run["dataset"]} and (folder / PAGE).is_file():
            return folder
    of = f" of {dataset}" if dataset else ""
    raise UserError(f"{registry}: no report{of} is there; make one with: make run")


def show(page: Path) -> None:
    """Open a page in the user's browser, and say where it is.

    Raises:
        UserError: There is no browser.
    """
    command.tell(relative(page))
    if not webbrowser.open(page.resolve().as_uri()):
        raise UserError(f"{relative(page)}: no browser found here; open it in one")


def main() -> int:
    """Run the command and return its exit code."""
    parser = command.Parser(__doc__)
    parser.add_argument("what", choices=("open", "figures"))
    parser.add_argument(
        "folder", nargs="?", type=Path, help="a report's folder (default: the newest)"
    )
    parser.add_argument("--dataset", help="the newest of this data set")
    parser.add_argument(
        "--registry",
        type=Path,
        default=ExportPaths.registry,
        help="the registry of runs (default: meta.json)",
    )
    given = parser.parse_args()
    with command.exit_on_error():
        folder = given.folder or newest(given.registry, given.dataset)
        if given.what == "open":
            show(folder / PAGE)
        else:
            command.tell("\n".join(map(relative, save_figures(folder))))
    return command.DONE


if __name__ == "__main__":
    sys.exit(main())
