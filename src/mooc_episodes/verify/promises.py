"""The promises, each as a query over the published files that gives what breaks it.

The files are tables: `vocab` (course_id, item_id), `users` (user_id, split, number: its
place in the list), and, as they are, `events_sessionized`, `sessions`,
`rejected_events`, `pairs` and `episodes`, all with `file_row_number` and the last two
with `split`; in the compact layout, where pairs and episodes are places, there are
`pair_offsets`, `episode_offsets` and `user_sequences` in their stead. The settings are
variables. What the files ought to hold is worked out again from the
events, in the order in which they stand; that order is a promise of its own. What only
the input can tell is taken as it is: watch_percentage, rating, the values of rejected
rows, and which users are eligible and in which split.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A promise.

    Attributes:
        broken: What to say where it is broken.
        offenders: The query for the rows that break it.
    """

    broken: str
    offenders: str


# What rules of both layouts share, made in this order.
STEPS = (
    """
    create view events_numbered as
    select
        *,
        count(
            case
                when gap is null then 1
                when gap > getvariable('session_gap_seconds') then 1
            end
        ) over (partition by user_id order by file_row_number) as session_number
    from (
        select
            *,
            ts_epoch - lag(ts_epoch) over (
                partition by user_id order by file_row_number
            ) as gap
        from events_sessionized
    )
    """,
    """
    create view sessions_expected as
    select
        session_id,
        min(user_id) as user_id,
        min(ts_epoch) as start_ts,
        max(ts_epoch) as end_ts,
        count(*) as n_events,
        min(file_row_number) as first_row
    from events_sessionized
    group by session_id
    """,
    """
    create temp table sequences as
    select
        user_id,
        row_number() over items_in_order as position,
        item_id,
        ts_epoch,
        lag(ts_epoch) over items_in_order as previous_ts_epoch
    from (
        select
            *,
            lag(item_id) over (
                partition by user_id order by file_row_number
            ) as previous_item_id
        from events_sessionized
    )
    where
        not getvariable('deduplicate_consecutive')
        or previous_item_id is null
        or item_id != previous_item_id
    window items_in_order as (partition by user_id order by file_row_number)
    """,
)

VOCABULARY = (
    Rule(
        "the vocabulary does not number its courses in their order",
        """
        select course_id
        from vocab
        qualify item_id != row_number() over (order by course_id) - 1
        """,
    ),
    Rule(
        "a course of the vocabulary has no event",
        "select course_id from vocab anti join events_sessionized using (course_id)",
    ),
    Rule(
        "an event's course and item are no entry of the vocabulary",
        """
        select file_row_number
        from events_sessionized anti join vocab using (course_id, item_id)
        """,
    ),
)

USERS = (
    Rule(
        "a user is in two splits",
        "select user_id from users group by user_id having count(*) > 1",
    ),
    Rule(
        "a split's users are not ascending",
        """
        select user_id
        from users
        qualify number != row_number() over (
            partition by split order by user_id, number
        ) - 1
        """,
    ),
    Rule(
        "an event's user is in no split",
        """
        select file_row_number
        from events_sessionized anti join users using (user_id)
        """,
    ),
    Rule(
        "a split's user has no events",
        "select user_id from users anti join events_sessionized using (user_id)",
    ),
)

EVENTS = (
    Rule(
        "events do not stand in the order of user, time and course",
        """
        select file_row_number
        from events_sessionized
        qualify file_row_number != row_number() over (
            order by
                user_id,
                ts_epoch,
                course_id,
                ts,
                watch_percentage nulls first,
                rating nulls first,
                file_row_number
        ) - 1
        """,
    ),
    Rule(
        "a ts_epoch is not the whole seconds of its ts",
        """
        select file_row_number
        from events_sessionized
        where
            ts_epoch is distinct from epoch_us(date_trunc('second', ts)) // 1000000
        """,
    ),
    Rule(
        "an event is not in the session that the gaps give",
        """
        select file_row_number
        from events_numbered
        where session_id != concat(user_id, '_', printf('%04d', session_number))
        """,
    ),
    Rule(
        "a pos_in_sess is not 1, 2, 3 … in its session",
        """
        select file_row_number
        from events_sessionized
        qualify pos_in_sess != row_number() over (
            partition by session_id order by file_row_number
        )
        """,
    ),
    Rule(
        "a sess_len is not its session's number of events",
        """
        select session_id
        from events_sessionized
        group by session_id
        having min(sess_len) != count(*) or max(sess_len) != count(*)
        """,
    ),
    Rule(
        "rejected rows do not stand in order",
        """
        select file_row_number
        from rejected_events
        qualify file_row_number != row_number() over (
            order by
                user_id nulls first,
                item_id nulls first,
                created_at nulls first,
                watch_percentage nulls first,
                rating nulls first,
                reason nulls first,
                file_row_number
        ) - 1
        """,
    ),
    Rule(
        "a rejected row's reason is none of those there are",
        """
        with reasons_split as (
            select unnest(string_split(reason, '; ')) as part from rejected_events
        )
        select part
        from reasons_split
        where not regexp_full_match(
            part, '(missing|unreadable) (user_id|item_id|created_at)'
        )
        """,
    ),
)

SESSIONS = (
    Rule(
        "an event's session is not among the sessions",
        """
        select session_id
        from sessions_expected anti join sessions using (session_id)
        """,
    ),
    Rule(
        "a session has no events",
        """
        select session_id
        from sessions anti join events_sessionized using (session_id)
        """,
    ),
    Rule(
        "a session is there twice",
        "select session_id from sessions group by session_id having count(*) > 1",
    ),
    Rule(
        "sessions do not stand in the order of their events",
        """
        select session_id
        from sessions inner join sessions_expected using (session_id)
        qualify file_row_number != row_number() over (
            order by first_row, file_row_number
        ) - 1
        """,
    ),
    Rule(
        "a session's user is not that of its events",
        """
        select session_id
        from sessions inner join sessions_expected as expected using (session_id)
        where sessions.user_id != expected.user_id
        """,
    ),
    Rule(
        "a session's course_id is not the most frequent of its events",
        """
        with courses_counted as (
            select session_id, course_id, count(*) as n_events
            from events_sessionized
            group by session_id, course_id
        ),
        main_courses as (
            select session_id, course_id
            from courses_counted
            qualify row_number() over (
                partition by session_id order by n_events desc, course_id
            ) = 1
        )
        select session_id from sessions anti join main_courses
        using (session_id, course_id)
        """,
    ),
    Rule(
        "a session's start_ts, end_ts, n_events or duration_sec is not its events'",
        """
        select session_id
        from sessions inner join sessions_expected as expected using (session_id)
        where
            sessions.start_ts != expected.start_ts
            or sessions.end_ts != expected.end_ts
            or sessions.n_events != expected.n_events
            or sessions.duration_sec != expected.end_ts - expected.start_ts
        """,
    ),
)


def numbering(pairs: str, label_time: str, episodes: str) -> tuple[Rule, ...]:
    """What holds of pairs and episodes in both layouts: whose, numbered, in order.

    Args:
        pairs: The table of pairs.
        label_time: Its column that orders a user's pairs.
        episodes: The table of episodes.
    """
    return (
        Rule(
            "a pair's user is not in its split",
            f"select pair_id from {pairs} anti join users using (user_id, split)",
        ),
        Rule(
            "a user has a pair twice",
            f"""
            select user_id
            from {pairs}
            group by user_id, {label_time}
            having count(*) > 1
            """,
        ),
        Rule(
            "pair_ids are not 0, 1, 2 … in the order of user and time",
            f"""
            select pair_id
            from {pairs}
            qualify pair_id != row_number() over (
                order by user_id, {label_time}, pair_id
            ) - 1
            """,
        ),
        Rule(
            "pairs do not stand in the order of their pair_id",
            f"""
            select pair_id
            from {pairs}
            qualify file_row_number != row_number() over (
                partition by split order by pair_id, file_row_number
            ) - 1
            """,
        ),
        Rule(
            "an episode's user is not in its split",
            f"select episode_id from {episodes} anti join users using (user_id, split)",
        ),
        Rule(
            "episode_ids are not 0, 1, 2 … in each file",
            f"""
            select split, episode_id
            from {episodes}
            where episode_id != file_row_number
            """,
        ),
    )


FULL_STEPS = (
    *STEPS,
    """
    create view pairs_expected as
    select
        user_id,
        item_id as label,
        ts_epoch as label_ts_epoch
    from sequences
    where previous_ts_epoch < ts_epoch
    """,
    """
    create view pairs_numbered as
    select
        *,
        row_number() over (partition by user_id order by pair_id) - 1 as pair_number,
        count(*) over (partition by user_id) as n_pairs
    from pairs
    """,
    """
    create view windows_expected as
    select
        user_id,
        pair_number // getvariable('episode_q') as window_number
    from pairs_numbered
    where
        pair_number % getvariable('episode_q') = 0
        and pair_number + getvariable('episode_k') + getvariable('episode_q')
        <= n_pairs
    """,
    """
    create view episodes_numbered as
    select
        *,
        row_number() over (
            partition by user_id order by split, episode_id
        ) - 1 as window_number
    from episodes
    """,
)

PAIRS = (
    Rule(
        "a label or prefix is not in the vocabulary",
        """
        select pair_id
        from pairs cross join (select count(*) as n_items from vocab)
        where
            label not between 0 and n_items - 1
            or list_min(prefix) < 0
            or list_max(prefix) >= n_items
        """,
    ),
    Rule(
        "a pair that the events give is missing",
        """
        select user_id
        from pairs_expected anti join pairs using (user_id, label_ts_epoch)
        """,
    ),
    Rule(
        "a pair's label and time are none that the events give",
        """
        select pair_id
        from pairs anti join pairs_expected using (user_id, label_ts_epoch, label)
        """,
    ),
    Rule(
        "a prefix is not the items strictly before its label",
        """
        with prefixes_expected as (
            select
                user_id,
                ts_epoch as label_ts_epoch,
                array_agg(item_id) over (
                    partition by user_id
                    order by position
                    rows between coalesce(getvariable('max_prefix_len'), 2147483647)
                    preceding and 1 preceding
                ) as items
            from sequences
            qualify previous_ts_epoch < ts_epoch
        )
        select pair_id
        from pairs inner join prefixes_expected using (user_id, label_ts_epoch)
        where prefix is distinct from items
        """,
    ),
    Rule(
        "a prefix_len is not the length of its prefix",
        "select pair_id from pairs where prefix_len != len(prefix)",
    ),
)

EPISODES = (
    Rule(
        "an episode has not exactly K and Q",
        """
        select split, episode_id
        from episodes
        where
            n_support != getvariable('episode_k')
            or len(support_prefixes) != getvariable('episode_k')
            or len(support_labels) != getvariable('episode_k')
            or n_query != getvariable('episode_q')
            or len(query_prefixes) != getvariable('episode_q')
            or len(query_labels) != getvariable('episode_q')
        """,
    ),
    Rule(
        "K + Q pairs of a user in a row have no episode",
        """
        select user_id
        from windows_expected anti join episodes_numbered
        using (user_id, window_number)
        """,
    ),
    Rule(
        "a user has more episodes than pairs for them",
        """
        select split, episode_id
        from episodes_numbered anti join windows_expected
        using (user_id, window_number)
        """,
    ),
    Rule(
        "an episode is not K + Q pairs of its user in a row, support first",
        """
        with pairs_held as (
            select
                split,
                episode_id,
                user_id,
                window_number * getvariable('episode_q')
                + unnest(range(len(support_labels || query_labels))) as pair_number,
                unnest(support_labels || query_labels) as label,
                unnest(support_prefixes || query_prefixes) as prefix
            from episodes_numbered
        )
        select distinct split, episode_id
        from pairs_held anti join pairs_numbered
        using (user_id, pair_number, label, prefix)
        """,
    ),
    Rule(
        "episodes do not stand in the order of their user",
        """
        select split, episode_id
        from episodes
        qualify file_row_number != row_number() over (
            partition by split order by user_id, file_row_number
        ) - 1
        """,
    ),
)

SHARED = (*VOCABULARY, *USERS, *EVENTS, *SESSIONS)

# Of the compact layout the places are checked: no prefix is made.
COMPACT_STEPS = (
    *STEPS,
    """
    create view offsets_expected as
    select
        user_id,
        position - 1 as label_position,
        greatest(
            position - 1 - coalesce(getvariable('max_prefix_len'), 2147483647), 0
        ) as prefix_start,
        row_number() over (partition by user_id order by position) - 1 as pair_number
    from sequences
    where previous_ts_epoch < ts_epoch
    """,
    """
    create view episode_offsets_expected as
    select
        user_id,
        array_agg(label_position) over pairs_in_window as label_positions,
        array_agg(prefix_start) over pairs_in_window as prefix_starts
    from offsets_expected
    window
        pairs_in_window as (
            partition by user_id
            order by pair_number
            rows between current row and
            getvariable('episode_k') + getvariable('episode_q') - 1 following
        )
    qualify
        pair_number % getvariable('episode_q') = 0
        and count(*) over pairs_in_window
        = getvariable('episode_k') + getvariable('episode_q')
    """,
)

COMPACT = (
    Rule(
        "a sequence is not that of its user's events",
        """
        select user_id
        from user_sequences
        full outer join (
            select
                user_id,
                list(item_id order by position) as items,
                list(ts_epoch order by position) as ts_epochs
            from sequences
            group by user_id
        ) as expected using (user_id)
        where
            user_sequences.items is distinct from expected.items
            or user_sequences.ts_epochs is distinct from expected.ts_epochs
        """,
    ),
    Rule(
        "sequences do not stand in the order of their users",
        """
        select user_id
        from user_sequences
        qualify file_row_number != row_number() over (
            order by user_id, file_row_number
        ) - 1
        """,
    ),
    Rule(
        "a pair that the events give is missing",
        """
        select user_id
        from offsets_expected anti join pair_offsets using (user_id, label_position)
        """,
    ),
    Rule(
        "a prefix is not the items strictly before its label",
        """
        select pair_id
        from pair_offsets
        anti join offsets_expected using (user_id, label_position, prefix_start)
        union all
        select pair_id from pair_offsets where prefix_end != label_position
        """,
    ),
    Rule(
        "K + Q pairs of a user in a row have no episode",
        """
        select user_id
        from episode_offsets_expected as expected
        anti join episode_offsets as given
            on expected.user_id = given.user_id
            and expected.label_positions
            = given.support_label_positions || given.query_label_positions
        """,
    ),
    Rule(
        "an episode is not K + Q pairs of its user in a row, support first",
        """
        select split, episode_id
        from episode_offsets as given
        anti join episode_offsets_expected as expected
            on expected.user_id = given.user_id
            and expected.label_positions
            = given.support_label_positions || given.query_label_positions
            and expected.prefix_starts
            = given.support_prefix_starts || given.query_prefix_starts
            and len(given.support_label_positions) = getvariable('episode_k')
            and len(given.support_prefix_starts) = getvariable('episode_k')
        """,
    ),
    Rule(
        "a user has an episode twice",
        """
        select user_id
        from episode_offsets
        group by user_id, support_label_positions
        having count(*) > 1
        """,
    ),
    Rule(
        "episodes do not stand in the order of their user and time",
        """
        select split, episode_id
        from episode_offsets
        qualify file_row_number != row_number() over (
            partition by split
            order by user_id, support_label_positions, file_row_number
        ) - 1
        """,
    ),
)

# By layout: what to make first, and what to ask.
ALL_STEPS = {"full": FULL_STEPS, "compact": COMPACT_STEPS}
RULES = {
    "full": (
        *SHARED,
        *PAIRS,
        *EPISODES,
        *numbering("pairs", "label_ts_epoch", "episodes"),
    ),
    "compact": (
        *SHARED,
        *COMPACT,
        *numbering("pair_offsets", "label_position", "episode_offsets"),
    ),
}
