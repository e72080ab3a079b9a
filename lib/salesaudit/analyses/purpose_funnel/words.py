"""The words for purposes, steps and endings."""

from salesaudit.i18n import Message, message

PURPOSE: dict[str, Message] = {
    "REL": message("Relation"),
    "PRE": message("Company presentation"),
    "NEED": message("Needs analysis"),
    "QUO": message("Quote presentation"),
    "NEG": message("Negotiation"),
    "REP": message("Reporting"),
    "OTH": message("Other"),
    "NONE": message("Not recorded"),
}
PURPOSE_SHORT: dict[str, Message] = {
    "PRE": message("Company"),
    "NEED": message("Needs"),
    "QUO": message("Quote"),
    "NEG": message("Negotiation"),
}
"""What fits over a narrow column, even where the language makes one long word of the two."""
PURPOSE_PHRASE: dict[str, Message] = {
    "REL": message("relation"),
    "PRE": message("company presentation"),
    "NEED": message("needs analysis"),
    "QUO": message("quote presentation"),
    "NEG": message("negotiation"),
    "REP": message("reporting"),
    "OTH": message("other"),
}
"""The same inside a sentence."""
STEP: dict[str, Message] = {
    "PRE": message("From company presentation"),
    "NEED": message("From needs analysis"),
    "QUO": message("From quote presentation"),
    "NEG": message("From negotiation"),
}
"""A step is named after where it starts; it ends with any later step or the contract."""
STEP_PHRASE: dict[str, Message] = {
    "PRE": message("from company presentation"),
    "NEED": message("from needs analysis"),
    "QUO": message("from quote presentation"),
    "NEG": message("from negotiation"),
}
"""The same inside a sentence."""
ADVICE: dict[str, Message] = {
    "drop": message("Drop or hand over"),
    "last": message("Last attempt, changed approach"),
    "continue": message("Continue"),
}
