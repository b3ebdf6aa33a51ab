"""Show the newest report, or write its charts as figures for a paper.

open     shows report.html in a browser, or prints where it is
figures  writes each chart as SVG and PNG to figures/ next to it

Exit codes: 0 done, 1 there is no such report (one line says why), 2 wrong usage,
130 interrupted.
"""

import webbrowser
from pathlib import Path

import click

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT, relative
from mooc_episodes.cli import command, options


@command.command(__doc__)
@click.argument("what", type=click.Choice(["open", "figures"]))
@click.argument("folder", required=False, type=options.PATH)
@click.option("--dataset", help="The newest of this dataset.")
@options.registry
def main(what: str, folder: Path | None, dataset: str | None, registry: Path) -> None:
    """Open the page, or write the figures, of FOLDER or of the newest report."""
    from mooc_episodes.report.figures import save_figures
    from mooc_episodes.report.page import PAGE

    folder = folder or newest(registry, dataset, PAGE)
    if what == "open":
        show(folder / PAGE)
    else:
        command.echo("\n".join(map(relative, save_figures(folder))))


def newest(registry: Path, dataset: str | None, page: str) -> Path:
    """The folder of the newest report with its page, of any or of one dataset.

    Raises:
        UserError: There is none.
    """
    from mooc_episodes.publish.folders import read_registry

    for run in reversed(read_registry(registry)["runs"]):
        folder = PROJECT / run["out_dir"]
        if dataset in {None, run["dataset"]} and (folder / page).is_file():
            return folder
    named, option = (f" of {dataset}", f" DATASET={dataset}") if dataset else ("", "")
    raise UserError(
        f"{registry}: no report{named} is there; make one with: make run{option}"
    )


def show(page: Path) -> None:
    """Print where a page is, and open it in the user's browser if there is one."""
    command.echo(relative(page))
    if not webbrowser.open(page.resolve().as_uri()):
        command.echo("no browser found here: open this file in one")
