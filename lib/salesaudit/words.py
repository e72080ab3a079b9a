"""The canonical tables and the answers of our forms in words that a reader uses; the codes stay those of `schema`."""

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
    "verification_draws": message("visits drawn for verification"),
    "scorecard": message("score sheets"),
    "survey": message("survey answers"),
    "time_use": message("time use"),
    "support_functions": message("support functions"),
    "actions": message("agreed actions"),
    "benchmarks": message("benchmarks"),
}

PURPOSE_WORDS: dict[str, Message] = {
    "REL": message("Relation"),
    "PRE": message("Company presentation"),
    "NEED": message("Needs analysis"),
    "QUO": message("Quote presentation"),
    "NEG": message("Negotiation"),
    "REP": message("Reporting"),
    "OTH": message("Other"),
}
"""Code of a purpose -> its word."""
ANSWERS: dict[str, dict[str, Message]] = {
    "reached": {
        "reached": message("Answered"),
        "not_reached": message("Not reached"),
        "refused": message("Does not want to answer"),
    },
    "yesno": {
        "yes": message("Yes"),
        "part": message("Partly"),
        "no": message("No"),
        "unknown": message("Cannot say"),
    },
    "scope": {"all": message("All sellers"), "team": message("One team"), "seller": message("One seller")},
    "period": {
        "day": message("Day"),
        "week": message("Week"),
        "month": message("Month"),
        "quarter": message("Quarter"),
        "year": message("Year"),
    },
    "time": {
        "contact": message("Contact with customers"),
        "travel": message("Travel"),
        "preparation": message("Preparation and quotes"),
        "internal": message("Internal meetings"),
        "admin": message("Administration"),
        "other": message("Other work"),
    },
    "belief": {"visits_per_week": message("Visits to customers in a normal week, by an average seller")},
    "counted": {
        "visits": message("Visits"),
        "calls": message("Outgoing calls"),
        "demos": message("Demonstrations"),
    },
}
"""Topic -> code -> what stands in a form that is filled in; read back in every language of the house."""


def table_word(name: str) -> Message | None:
    """Return what a table is called, given "visits" or "visits.date"; None for a name that is no table's."""
    return TABLE_WORDS.get(name.partition(".")[0])
