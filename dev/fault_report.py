"""The page with the results of the mutation check."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from checkout import commit
from faults import Fault, shortened

HEAD = """# Mutation check

Does a test fail when a rule is broken? `dev/mutations.py` makes small faults in a copy
of the project and runs the tests until one fails. Faults that reach different models
are made together for the unit tests, which see one model each; the rest, and what no
unit test notices, one at a time. Most faults are made from the source: every
comparison, key, condition, number and clause of the SQL of every model, macro and
test. Those that need a meaning are written by hand, in `dev/faults.yml`.

```console
$ .venv/bin/python dev/mutations.py --jobs 2 --report docs/mutations.md
```

{date}, commit {commit}: {tried} faults{where}. {counts}.

“Build” is a contract, a gate or a value that cannot be computed; “invalid” faults are
not SQL, and say nothing about the tests; “equivalent” ones change nothing, for the
reason given below. What only Spark runs is left out.
"""
COLUMNS = {
    "unit test": ("unit test",),
    "data test": ("data test",),
    "build": ("model", "dbt"),
    "pytest": ("pytest",),
    "time": ("time",),
    "invalid": ("invalid",),
    "equivalent": ("equivalent",),
    "not caught": ("missed", "to judge"),
}


def code(text: str) -> str:
    """Text as code, in a list or a table."""
    return f"`` {text} ``" if text else "*nothing*"


def entry(fault: Fault, said: str) -> str:
    """A fault in a list, with a remark."""
    before, after = shortened(fault.before, fault.after)
    return (
        f"- `{fault.id}` `{fault.file}:{fault.line}`, {fault.operator}: "
        f"{code(before)} → {code(after)}" + (f": {said}" if said else "")
    )


def table(
    title: str, faults: list[Fault], kinds: dict[str, str], key: Callable[[Fault], str]
) -> list[str]:
    """The outcomes of the faults, grouped by a key."""
    rows: dict[str, Counter[str]] = {}
    for fault in faults:
        rows.setdefault(key(fault), Counter())[kinds[fault.id]] += 1
    lines = [
        f"| {title} | faults | " + " | ".join(COLUMNS) + " |",
        "|---|" + "---:|" * (len(COLUMNS) + 1),
    ]
    for name, counts in sorted(rows.items()):
        cells = [sum(counts[kind] for kind in of) or "" for of in COLUMNS.values()]
        lines.append(
            f"| {name} | {counts.total()} | " + " | ".join(map(str, cells)) + " |"
        )
    return lines


def report(
    faults: list[Fault],
    total: int,
    kinds: dict[str, str],
    names: dict[str, str],
    equivalent: dict[str, str],
    only: Sequence[str] = (),
) -> str:
    """The page of a run: of all faults, or of a sample of a total.

    Args:
        faults: The faults.
        total: How many there are without sampling.
        kinds: Their outcomes by id.
        names: The tests that failed or the tables that changed, by id.
        equivalent: Why a fault changes nothing, by id.
        only: What the run was restricted to.
    """
    sample = f"a sample of {len(faults)} of {total}"
    where = f" of {', '.join(f'`{one}`' for one in only)}" if only else ""
    counts = Counter(kinds[fault.id] for fault in faults)
    summed = {name: sum(counts[kind] for kind in of) for name, of in COLUMNS.items()}
    sections = {
        "Not caught": [
            entry(fault, f"changes {names[fault.id]}")
            for fault in faults
            if kinds[fault.id] == "missed"
        ],
        "Not caught, and no table of the sample changes": [
            entry(fault, "") for fault in faults if kinds[fault.id] == "to judge"
        ],
        "Equivalent": [
            entry(fault, equivalent[fault.id])
            for fault in faults
            if kinds[fault.id] == "equivalent"
        ],
    }

    def operator(fault: Fault) -> str:
        return "written by hand" if fault.kind == "written" else fault.operator

    lines = [
        HEAD.format(
            date=datetime.now(UTC).date(),
            commit=commit(),
            tried=len(faults) if len(faults) == total else sample,
            where=where,
            counts="; ".join(
                f"{name}: {count}" for name, count in summed.items() if count
            ),
        ),
        *table("Operator", faults, kinds, operator),
        "",
        *table("File", faults, kinds, lambda fault: f"`{fault.file}`"),
    ]
    for title, entries in sections.items():
        lines += ["", f"## {title}", "", *(entries or ["None."])]
    return "\n".join(lines) + "\n"
