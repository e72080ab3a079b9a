"""The canonical tables in words that a reader of the report uses; the code names stay those of `schema`."""

from salesaudit.i18n import Message, message

TABLE_WORDS: dict[str, Message] = {
    "sellers": message("sellers"),
    "customers": message("customers"),
    "visits": message("visits"),
    "activities": message("other activities"),
    "quotes": message("quotes"),
    "orders": message("orders"),
    "opportunities": message("opportunities"),
    "opp_snapshots": message("pipeline snapshots"),
    "stage_history": message("stage history"),
    "absence": message("absence"),
    "targets": message("targets"),
    "beliefs": message("beliefs"),
    "verification": message("verified visits"),
    "scorecard": message("score sheets"),
    "survey": message("survey answers"),
    "time_use": message("time use"),
    "support_functions": message("support functions"),
    "actions": message("agreed actions"),
    "benchmarks": message("benchmarks"),
}


def table_word(name: str) -> Message | None:
    """Return what a table is called, given "visits" or "visits.date"; None for a name that is no table's."""
    return TABLE_WORDS.get(name.partition(".")[0])
