"""The words for factors and channels; they follow the way in which the formula was filled."""

from salesaudit.i18n import Message, message

FACTOR: dict[str, dict[str, Message]] = {
    "visits": {
        "activities": message("Number of visits and contacts"),
        "hit_rate": message("Hit rate"),
        "value": message("Value per hit"),
        "other_orders": message("Orders without a visit: number"),
        "other_value": message("Orders without a visit: value"),
        "rate": message("Visits per normal week, all channels"),
    },
    "opportunities": {
        "activities": message("Number of opportunities"),
        "hit_rate": message("Win rate"),
        "value": message("Value per win"),
        "other_orders": message("Other orders: number"),
        "other_value": message("Other orders: value"),
        "rate": message("Opportunities per normal week"),
    },
}
PHRASE: dict[str, dict[str, Message]] = {
    "visits": {
        "activities": message("the number of visits and contacts"),
        "hit_rate": message("the hit rate"),
        "value": message("the value per hit"),
        "other_orders": message("the number of orders without a visit"),
        "other_value": message("the value of orders without a visit"),
        "rate": message("the number of visits per normal week"),
    },
    "opportunities": {
        "activities": message("the number of opportunities"),
        "hit_rate": message("the win rate"),
        "value": message("the value per win"),
        "other_orders": message("the number of other orders"),
        "other_value": message("the value of other orders"),
        "rate": message("the number of opportunities per normal week"),
    },
}
"""The same inside a sentence."""
CHANNEL: dict[str, Message] = {
    "visit": message("Visit"),
    "phone": message("Phone"),
    "web": message("Web"),
    "newsletter": message("Newsletter"),
    "other": message("Other"),
    "unknown": message("Not known"),
    "opportunity": message("Opportunities"),
}
MOMENTS: dict[str, Message] = {"visits": message("visits and contacts"), "opportunities": message("opportunities")}
MAIN: dict[str, Message] = {"visits": message("visits"), "opportunities": message("opportunities")}
"""The moments that sellers are compared by."""


def channel(name: str, part: str) -> Message:
    """Return the name of a channel; a client's own word for a source stays as it is."""
    known = CHANNEL.get(name)
    if part == "other":
        return message("{channel}: orders on their own", channel=known or name)
    return known or message("{name}", name=name)
