"""The compact layout: every sequence once, pairs and episodes as places in it.

These queries make of its files what the full layout holds. `user_sequences`,
`pair_offsets` and `episode_offsets` are the files, as tables; {more} is for further
columns of the offsets. DuckDB counts the items of a list from 1, the offsets from 0.
"""

PAIRS = """
select
    offsets.pair_id,
    offsets.user_id,
    sequences.items[offsets.prefix_start + 1:offsets.prefix_end] as prefix,
    sequences.items[offsets.label_position + 1] as label,
    sequences.ts_epochs[offsets.label_position + 1] as label_ts_epoch,
    offsets.prefix_end - offsets.prefix_start as prefix_len{more}
from pair_offsets as offsets
inner join user_sequences as sequences using (user_id)
"""


def prefixes(part: str) -> str:
    """The prefixes of the support or of the query."""
    starts, positions = f"{part}_prefix_starts", f"{part}_label_positions"
    return (
        f"list_transform({starts}, lambda start, i:"
        f" sequences.items[start + 1:{positions}[i]])"
    )


def labels(part: str) -> str:
    """The labels of the support or of the query."""
    return (
        f"list_transform({part}_label_positions,"
        " lambda position: sequences.items[position + 1])"
    )


EPISODES = f"""
select
    offsets.episode_id,
    offsets.user_id,
    {prefixes("support")} as support_prefixes,
    {labels("support")} as support_labels,
    {prefixes("query")} as query_prefixes,
    {labels("query")} as query_labels,
    len(offsets.support_label_positions) as n_support,
    len(offsets.query_label_positions) as n_query{{more}}
from episode_offsets as offsets
inner join user_sequences as sequences using (user_id)
"""
