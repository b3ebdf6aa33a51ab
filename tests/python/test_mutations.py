"""The faults that the mutation check makes are those its operators name."""

import ast
import textwrap
from typing import Any

import pytest

import fault_groups
import fault_report
import faults
import python_faults
import sql_faults
from faults import Fault, make_fault


def made(source: str, operator: str) -> set[str]:
    """The source with each fault of an operator, blanks aside."""
    return {
        " ".join((source[: edit.start] + edit.new + source[edit.end :]).split())
        for edit in sql_faults.edits(source)
        if edit.operator == operator
    }


@pytest.mark.parametrize(
    ("operator", "source", "expected"),
    [
        ("comparison", "a < b", {"a <= b"}),
        ("comparison", "a >= b", {"a > b"}),
        ("comparison", "a != b", {"a = b"}),
        ("comparison", "a ->> '$.b'", set()),
        ("and or", "a and b", {"a or b"}),
        ("and or", "a between 1 and 2", set()),
        ("direction", "order by a desc", {"order by a asc"}),
        (
            "direction",
            "order by a, b nulls first",
            {"order by a desc, b nulls first", "order by a, b desc nulls first"},
        ),
        ("nulls", "order by a nulls first", {"order by a nulls last"}),
        ("order key", "order by a, b)", {"order by b)", "order by a)"}),
        ("order key", "(partition by a order by b)", {"(partition by a )"}),
        (
            "partition key",
            "(partition by a, f(b, c) order by d)",
            {"(partition by f(b, c) order by d)", "(partition by a order by d)"},
        ),
        ("number", "a - 1", {"a", "a - 2"}),
        ("number", "case when a then -1 end", {"case when a then -2 end"}),
        ("number", "cast(a as decimal(38, 6))", {"cast(a as decimal(38, 7))"}),
        ("condition", "from t where a", {"from t"}),
        ("condition", "where a and b between 1 and 2 group by c",
         {"where b between 1 and 2 group by c", "where a group by c"}),
        ("condition", "on a = b and c = d where e",
         {"on c = d where e", "on a = b where e", "on a = b and c = d"}),
        ("condition", "on a = b", set()),
        ("condition", "where a is distinct from b order by c", {"order by c"}),
        ("number", "a = $1", set()),
        ("number", "count(case when a > f(b) then 1 end)", set()),
        ("number", "sum(case when a then 1 end)", {"sum(case when a then 2 end)"}),
        ("condition", "(having a or b) x", {"(having b) x", "(having a) x"}),
        ("join", "inner join t", {"left join t"}),
        ("join", "full outer join t", {"inner join t"}),
        ("function", "lag(a)", {"lead(a)"}),
        ("function", "count(a)", {"count(*)"}),
        ("function", "count(*)", set()),
        ("default", "coalesce(f(a, b), 0)", {"coalesce(f(a, b), null)"}),
        ("distinct", "count(distinct a)", {"count(a)"}),
        ("distinct", "a is distinct from b", set()),
        ("not", "a is distinct from b", {"a is not distinct from b"}),
        ("not", "a is not null", {"a is null"}),
        ("union", "(select 1 union all select 2)",
         {"(select 1 union select 2)", "(select 1 )", "(select 2)"}),
        ("frame", "rows between unbounded preceding and current row",
         {"rows between current row and current row",
          "rows between unbounded preceding and 1 preceding"}),
        ("case", "case when a then 1 else 2 end", {"case when a then 1 end"}),
        ("case", "case when a then 1 when b then 2 end",
         {"case when b then 2 end", "case when a then 1 end"}),
        ("true false", "read_csv(a, header = true)", {"read_csv(a, header = false)"}),
        ("comparison", "read_csv(a, header = true)", set()),
    ],
)  # fmt: skip
def test_an_operator_makes_these_faults(
    operator: str, source: str, expected: set[str]
) -> None:
    assert made(source, operator) == expected


def test_jinja_stays_whole_and_is_read_inside() -> None:
    source = "a < {{ setting('k') - 1 }} {% if x == 1 and not y %} and b {% endif %}"
    assert made(source, "comparison") == {source.replace("<", "<=")}
    assert made(source, "jinja number") == {
        source.replace(" - 1", ""),
        source.replace("- 1", "- 2"),
        source.replace("== 1", "== 2"),
    }
    assert made(source, "jinja comparison") == {source.replace("==", "!=")}
    assert made(source, "jinja not") == {source.replace("not ", "")}
    assert made(source, "jinja condition") == {
        source.replace("x == 1 and ", ""),
        source.replace(" and not y", ""),
    }
    assert made(source, "jinja if") == {
        source.replace("x == 1 and not y", "true"),
        source.replace("x == 1 and not y", "false"),
    }


def test_a_clause_ends_at_a_block_of_jinja() -> None:
    source = "from t {% if x %} where a {% endif %} order by b"
    assert made(source, "condition") == {"from t {% if x %} {% endif %} order by b"}


def test_sql_in_a_string_of_jinja_is_read_and_a_message_is_not() -> None:
    source = "{% do stop(run('select a from t where b > 1'), 'give 1 or more') %}"
    assert made(source, "comparison") == {source.replace(">", ">=")}
    assert made(source, "number") == {source.replace("> 1", "> 2")}
    assert made(source, "and or") == set()


def test_comments_strings_and_what_only_spark_runs_are_left_alone() -> None:
    source = (
        "-- a < b\n{# a < b #} 'a < b'\n"
        "{% macro spark__f() -%} a < b {%- endmacro %}\n{{ config(rows=1) }}"
    )
    assert sql_faults.edits(source) == []


def test_every_fault_of_python_is_python() -> None:
    source = textwrap.dedent(
        """
        def f(ü: int) -> bool:
            check(ü, strict=True)
            if not (0 <= ü < 2 or ü is None):
                raise ValueError(f"{ü} is not allowed")
            return ü - 1 not in (3,)
        """
    )
    edits = python_faults.edits(source)
    changed = [source[: edit.start] + edit.new + source[edit.end :] for edit in edits]
    for text in changed:
        ast.parse(text)
    expected = [
        ("check(ü, strict=True)", "pass"),
        ("if not (", "if ("),
        ("0 <= ü < 2", "0 < ü < 2"),
        ("0 <= ü < 2", "0 <= ü <= 2"),
        ("0 <= ü", "1 <= ü"),
        ("< 2 or", "< 3 or"),
        ("2 or ü", "2 and ü"),
        ("ü is None", "ü is not None"),
        ('raise ValueError(f"{ü} is not allowed")', "pass"),
        ("ü - 1", "ü"),
        ("ü - 1", "ü - 2"),
        ("not in (3,)", "in (3,)"),
        ("(3,)", "(4,)"),
    ]
    assert {*changed} == {source.replace(old, new) for old, new in expected}
    assert len(changed) == len(expected)


def test_an_id_stays_where_lines_are_added_above() -> None:
    source = "select a\nfrom t\nwhere a < 1\n"
    moved = "-- a comment\n" + source

    def ids(text: str) -> list[str]:
        edits = sql_faults.edits(text)
        return [make_fault("sql", "m.sql", text, edit).id for edit in edits]

    assert ids(source) == ids(moved)
    assert len({*ids(source)}) == len(ids(source)) > 2


def generated() -> list[Fault]:
    return [
        fault for kind in ("sql", "jinja", "python") for fault in faults.generated(kind)
    ]


def test_faults_of_this_project_have_ids_of_their_own() -> None:
    every = generated()
    assert len({fault.id for fault in every}) == len(every) > 1000


def test_a_sample_covers_every_file_first() -> None:
    every = [*faults.generated("sql"), *faults.generated("jinja")]
    sample = faults.sampled(every, 200, seed=1)
    assert sample == faults.sampled(every, 200, seed=1)
    assert sample != faults.sampled(every, 200, seed=2)
    pairs = {(fault.file, fault.operator.removeprefix("jinja ")) for fault in sample}
    assert len(pairs) == len(sample) == 200


def test_what_is_written_by_hand_applies() -> None:
    known = faults.read_list()
    by_hand, wrong = faults.written(known["written"])
    assert wrong == []
    assert len(by_hand) == len(known["written"])
    ids = {fault.id for fault in [*generated(), *by_hand]}
    assert [entry for entry in known["equivalent"] if entry["id"] not in ids] == []


def test_an_entry_that_does_not_apply_is_named() -> None:
    entry = {"file": "models/**/vocab.sql", "old": "gone", "new": "", "why": "x"}
    assert faults.written([entry]) == ([], ["0 times in models/**/vocab.sql: gone"])


def test_the_page_counts_and_lists_what_was_not_caught() -> None:
    source = "select a\nfrom t\nwhere a < 1\n"
    found: list[Fault] = [
        make_fault("sql", "m.sql", source, edit) for edit in sql_faults.edits(source)
    ]
    kinds = dict.fromkeys((fault.id for fault in found), "unit test")
    missed, same = found[0], found[1]
    kinds |= {missed.id: "missed", same.id: "equivalent"}
    page = fault_report.report(
        found, 9, kinds, {missed.id: "sample.t"}, {same.id: "no row is there"}, ["m*"]
    )
    assert f"a sample of {len(found)} of 9 faults of `m*`." in page
    assert f"- `{missed.id}` `m.sql:3`" in page
    assert "changes sample.t" in page
    assert "no row is there" in page


def fault_in(file: str) -> Fault:
    """Some fault of a file."""
    source = "where a < 1"
    return make_fault("sql", file, source, sql_faults.edits(source)[0])


def of_project(
    file: str, name: str, *macros: str, package: str = "p"
) -> dict[str, Any]:
    """A macro or node of a manifest."""
    return {
        "name": name,
        "package_name": package,
        "original_file_path": file,
        "depends_on": {"macros": list(macros)},
    }


def test_a_file_reaches_the_models_that_use_its_macros() -> None:
    manifest = {
        "metadata": {"project_name": "p"},
        "macros": {
            "macro.p.f": of_project("f.sql", "f", "macro.p.duckdb__f"),
            "macro.p.duckdb__f": of_project("f.sql", "duckdb__f", "macro.p.g"),
            "macro.p.g": of_project("g.sql", "g"),
            "macro.p.start": of_project("start.sql", "start"),
            "macro.p.run_hooks": of_project("dbt.sql", "run_hooks"),
            "macro.dbt.run_hooks": of_project("h.sql", "run_hooks", package="dbt"),
        },
        "nodes": {
            "model.p.a": of_project("a.sql", "a", "macro.p.f", "macro.p.start"),
            "model.p.b": of_project("b.sql", "b", "macro.p.g", "macro.p.run_hooks"),
            "model.p.c": of_project("c.sql", "c"),
            "operation.p.o": of_project("dbt_project.yml", "o", "macro.p.start"),
        },
        "unit_tests": {
            name: {"depends_on": {"nodes": [f"model.p.{name}"]}} for name in "ab"
        },
    }
    assert fault_groups.reach(manifest) == {
        "f.sql": {"model.p.a"},
        "g.sql": {"model.p.a", "model.p.b"},
        "a.sql": {"model.p.a"},
        "b.sql": {"model.p.b"},
    }


def test_faults_with_a_model_in_common_are_in_different_groups() -> None:
    reach = {
        "a.sql": frozenset({"a"}),
        "b.sql": frozenset({"b"}),
        "ab.sql": frozenset({"a", "b"}),
        "c.sql": frozenset({"c"}),
    }
    given = ["a.sql", "b.sql", "ab.sql", "c.sql", "a.sql", "alone.sql"]
    groups = fault_groups.packed(map(fault_in, given), reach)
    assert [[fault.file for fault in group] for group in groups] == [
        ["ab.sql", "c.sql"],
        ["a.sql", "b.sql"],
        ["a.sql"],
    ]
