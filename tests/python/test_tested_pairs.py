"""The tests of every prefix look at the first users, as tested_pairs says."""

import duckdb

from conftest import TINY, TINY_SETTINGS, Workspace

HEADER, *LINES = TINY.splitlines()
# users 7, 8 and 9 of three pairs and an episode each
LEARNERS = "\n".join(
    [HEADER, *(str(user) + line[1:] for user in (7, 8, 9) for line in LINES[:6]), ""]
)


def break_the_episode_of(user: int, workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.database)) as connection:
        [(n_changed,)] = connection.execute(
            "update sample.int_episode_windows"
            " set label_positions = list_reverse(label_positions) where user_id = ?",
            [user],
        ).fetchall()
    assert n_changed == 1


def covered(workspace: Workspace) -> tuple[int, int, int]:
    """The users, pairs and episodes that the report says are looked at."""
    with duckdb.connect(str(workspace.database), read_only=True) as connection:
        [row] = connection.execute("from sample.report_test_coverage").fetchall()
    return row


def test_a_fault_is_noticed_in_the_first_users_and_not_beyond(
    workspace: Workspace,
) -> None:
    events = workspace.root / "events.csv"
    events.write_text(LEARNERS)
    settings = TINY_SETTINGS | {"raw_events": str(events)}

    def passes(tested_pairs: int | None) -> bool:
        command = ("test", "--select", "support_is_before_query")
        done = workspace.dbt(*command, tested_pairs=tested_pairs, **settings)
        assert done.success or any("Got 1 result" in line for line in done.lines)
        return done.success

    workspace.build("run", **settings)
    assert covered(workspace) == (3, 9, 3)
    break_the_episode_of(9, workspace)
    assert passes(tested_pairs=6)
    # the seventh pair is the first of user 9, who is looked at whole
    assert not passes(tested_pairs=7)
    break_the_episode_of(9, workspace)  # back as it was
    break_the_episode_of(8, workspace)
    assert not passes(tested_pairs=6)
    assert not passes(tested_pairs=None)
    coverage = ("run", "--select", "report_test_coverage")
    workspace.build(*coverage, tested_pairs=6, **settings)
    assert covered(workspace) == (2, 6, 2)
