"""A contract's types are the engine's, and those of ids are the settings'."""

import shutil

import duckdb
import pytest

from conftest import PROJECT, SAMPLE, Workspace


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ("data_type: item_id_type", "data_type: user_id_type"),
        ("item_id\n        data_type: bigint", "item_id\n        data_type: double"),
    ],
)
def test_a_column_of_another_type_than_declared_fails_the_build(
    declared: str, wrong: str, workspace: Workspace
) -> None:
    project = workspace.root / "project"
    for name in ("dbt_project.yml", "profiles.yml"):
        project.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, project)
    for name in ("macros", "models", "tests", "seeds"):
        shutil.copytree(PROJECT / name, project / name)
    yml = project / "models" / "users" / "vocab.yml"
    text = yml.read_text()
    assert text.count(declared) == 1
    yml.write_text(text.replace(declared, wrong))
    done = workspace.dbt(
        "run",
        f"--project-dir={project}",
        f"--profiles-dir={project}",
        "--select=+vocab",
        raw_events=str(SAMPLE),
        item_id_type="varchar",
    )
    assert not done.success
    assert any("This model has an enforced contract" in line for line in done.lines)


@pytest.mark.parametrize(
    ("user_id_type", "item_id_type"), [("varchar", "bigint"), ("bigint", "varchar")]
)
def test_ids_have_the_types_of_the_settings(
    user_id_type: str, item_id_type: str, workspace: Workspace
) -> None:
    types = {"user_id_type": user_id_type, "item_id_type": item_id_type}
    workspace.build(raw_events=str(SAMPLE), **types)
    with duckdb.connect(str(workspace.database), read_only=True) as connection:
        found = connection.execute(
            "select distinct column_name, lower(data_type) from duckdb_columns()"
            " where schema_name = 'sample' and column_name in ('user_id', 'course_id')"
            " and table_name not in ('raw_events', 'rejected_events')"
            " order by column_name"
        ).fetchall()
    assert found == [("course_id", item_id_type), ("user_id", user_id_type)]
