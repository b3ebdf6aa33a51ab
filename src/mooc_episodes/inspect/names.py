"""What logs call their users, items and times, the likeliest first."""

import re


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


USER = words(
    """
    user_id userid user uid user_ids user_key user_name username student_id
    id_student studentid student anon_student_id learner_id learnerid learner
    user_full_name person_id anon_id anonid customer_id customerid customer
    member_id memberid visitor_id visitorid reviewer_id reviewerid account_id
    participant_id author_id actor_id actor client_id enrollment_id enrolment_id
    registration_id visit_id session_id sessionid session
    """
)
ITEM = words(
    """
    item_id itemid item course_id courseid id_course course course_key movie_id
    movieid content_id contentid id_site product_id productid product sku sku_id
    asin parent_asin video_id videoid video question_id problem_id exercise_id
    lesson_id resource_id material_id module_id activity_id object_id object
    event_context content module code_module book_id track_id song_id artist_id
    article_id news_id business_id goods_id page_id page url problem_name skill_id
    """
)
TIME = words(
    """
    created_at timestamp event_time eventtime datetime time event_timestamp ts
    server_timestamp time_created timecreated created occurred_at date_time
    unix_review_time unixreviewtime start_time local_start_time enroll_time
    submit_time submitted_at rating_timestamp watched_at viewed_at time_stamp
    unix_time date event_date eventdate review_time reviewtime day date_created
    updated_at
    """
)
WATCH = words(
    """
    watch_percentage watch_ratio watched_percentage percent_watched progress
    completion
    """
)
RATING = words(
    """
    rating stars score overall review_score rate grade
    """
)

# what a learner may have several of, by how a word of the name begins
SEVERAL = {
    "enrol": "an enrolment",
    "registration": "a registration",
    "session": "a session",
    "visit": "a visit",
}

# words of a time's name that is not when something happened
NOT_OF_EVENTS = {
    *words("birth birthday birthdate dob born deadline due expires expiry expiration"),
    *words("registration registered signup joined until"),
}

# what an object that stands for one value calls it, as exports of MongoDB do
WRAPPERS = {
    *words("$oid $numberLong $numberInt $numberDouble $numberDecimal $date $uuid"),
    *words("id _id key value S N string long int"),
}

ROLES = {
    "user_id": USER,
    "item_id": ITEM,
    "created_at": TIME,
    "watch_percentage": WATCH,
    "rating": RATING,
}


def plain(name: str) -> str:
    """A header's name without the type after it: user_id of user_id:token."""
    found = re.fullmatch(r"(.+):(token|token_seq|float|float_seq)", name)
    return found[1] if found else name


def bare(name: str) -> str:
    """A name in lower case with underscores: user_id of userId."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain(name).strip())
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def unwrapped(name: str) -> str:
    """A name without the parts that only wrap a value: user_id of user_id.$oid."""
    parts = name.split(".")
    while len(parts) > 1 and parts[-1] in WRAPPERS:
        parts.pop()
    return ".".join(parts)


def rank(name: str, role: str) -> int | None:
    """How far down the role's list a name is; None if it is not in it."""
    names = ROLES[role]
    # a name within a JSON object comes after the object's: context.course_id
    inner = unwrapped(name)
    for one in (name, name.rpartition(".")[2], inner, inner.rpartition(".")[2]):
        if bare(one) in names:
            return names.index(bare(one))
    # the likeliest name after a word of its own: OwnerUserId
    is_some_user = role == "user_id" and bare(inner).endswith("_user_id")
    return len(names) if is_some_user else None


def is_of_the_row(name: str) -> bool:
    """Whether a name is that of a row's own id: _id.$oid."""
    return bare(unwrapped(name)) in {"id", "row_id", "event_id", "index", "unnamed_0"}


def is_hardly_of_events(name: str) -> bool:
    """Whether a time of this name is of a person or a course, or still to come."""
    return not NOT_OF_EVENTS.isdisjoint(bare(name).split("_"))


def one_of_several(name: str) -> str:
    """What of a learner a column holds, if a learner may have several; else empty."""
    parts = [part for part in bare(name).split("_") if part != "visitor"]
    found = (
        what
        for start, what in SEVERAL.items()
        if any(part.startswith(start) for part in parts)
    )
    return next(found, "")


def known(name: str) -> bool:
    """Whether a name is in a list."""
    return any(rank(name, role) is not None for role in ROLES)
