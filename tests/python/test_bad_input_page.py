"""docs/bad-input.md has a line for each case that is tested, and no other."""

import re

import test_bad_input as rows_and_files
import test_files as forms
from conftest import PROJECT

# tests of their own, named here
BY_HAND = [
    rows_and_files.NULLS,
    rows_and_files.FOLDERS_LIKE_VALUES,
    rows_and_files.HOSTILE_SETTINGS,
    rows_and_files.BLANK_FIRST,
    rows_and_files.ONE_USER,
    rows_and_files.ONE_COURSE,
    rows_and_files.NO_EPISODE,
    rows_and_files.AT_THE_LIMIT,
    rows_and_files.HUGE_USER,
    forms.NO_USER_IN_NAME,
    forms.HIDDEN,
]
CASES = [
    *rows_and_files.WHOLE_NUMBER_IDS,
    *rows_and_files.TEXT_IDS,
    *rows_and_files.READ,
    *rows_and_files.STOPS,
    *forms.ADVISED,
    *forms.REFUSED,
    *forms.JSON_ADVISED,
]
ZSTD_ON_SPARK = "a .zst file, on Spark"


def documented() -> list[str]:
    page = (PROJECT / "docs" / "bad-input.md").read_text()
    # test_input.py has the tests of what follows
    page = page[: page.index("## Files about courses")]
    cells = re.findall(r"^\| (.+?) +\| .+ \|$", page, flags=re.MULTILINE)
    return [cell for cell in cells if cell != "In the file"]


def test_every_line_of_the_page_has_its_test() -> None:
    # a case may be tested twice, for its line and for following it
    assert sorted(documented()) == sorted({*CASES, *BY_HAND, ZSTD_ON_SPARK})


def test_what_only_spark_refuses_is_tested_on_spark() -> None:
    tests = (PROJECT / "tests" / "spark" / "test_run.py").read_text()
    assert f'"{ZSTD_ON_SPARK}"' in tests
