with queries as (

    select * from {{ ref("evaluation_queries") }}

),

items as (

    select * from {{ ref("int_sequence_items") }}

),

-- a row a position: a range in the join would compare each query with every event of
-- its user
positions_listed as (

    select
        user_id,
        pair_number,
        {{ unnest_range(prefix_start("position"), "position - 1") }} as position
    from queries

),

prefix_items_found as (

    select
        positions.user_id,
        positions.pair_number,
        items.item_id,
        max(positions.position) as last_position
    from positions_listed as positions
    inner join items
        on
            positions.user_id = items.user_id
            and positions.position = items.position
    group by positions.user_id, positions.pair_number, items.item_id

)

select * from prefix_items_found
