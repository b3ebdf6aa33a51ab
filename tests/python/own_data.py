"""What tests build of docs/bring-your-own-data.md: its presets and its SQL."""

import re
from typing import Any

import yaml

from conftest import PROJECT

OWN_DATA = (PROJECT / "docs" / "bring-your-own-data.md").read_text(encoding="utf-8")
NEXT_PRESET = "    # MARS, English"


def presets_with(block: str) -> dict[str, Any]:
    """All presets, with a block of YAML pasted where the page says."""
    project = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    before, after = project.split(NEXT_PRESET)
    pasted = yaml.safe_load(f"{before}{block}\n{NEXT_PRESET}{after}")
    presets: dict[str, Any] = pasted["vars"]["presets"]
    return presets


def preset_of_the_page(name: str) -> dict[str, Any]:
    """The settings of a preset on the page."""
    [block] = re.findall(rf"```yaml\n( {{4}}{name}:\n.*?)```", OWN_DATA, re.DOTALL)
    assert len(block.splitlines()) <= 10
    preset: dict[str, Any] = presets_with(block)[name]
    return preset


def lines_of_the_page(name: str) -> dict[str, Any]:
    """The settings that a preset on the page gives a value other than the default."""
    preset, defaults = preset_of_the_page(name), presets_with("")["sample"]
    return {key: preset[key] for key in preset if preset[key] != defaults[key]}


def selected_for(dataset: str) -> str:
    """The select on the page that only builds of the dataset have."""
    head = f'{{{{ config(enabled=var("dataset") == "{dataset}") }}}}'
    [select] = re.findall(rf"```sql\n{re.escape(head)}\n(.*?)```", OWN_DATA, re.DOTALL)
    assert isinstance(select, str)
    return select


def flattening_of_edx() -> str:
    """The SQL on the page that flattens tracking logs."""
    [flatten] = re.findall(r"```sql\n(copy .*?)```", OWN_DATA, re.DOTALL)
    assert isinstance(flatten, str)
    return flatten
