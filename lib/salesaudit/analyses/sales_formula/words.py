"""The words for factors and channels; they follow the way in which the formula was filled."""

from salesaudit.format import Count
from salesaudit.i18n import Message, message

FACTOR: dict[str, dict[str, Message]] = {
    "visits": {
        "activities": message("Number of visits and contacts"),
        "hit_rate": message("Hit rate"),
        "value": message("Value per sale"),
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
        "value": message("the value per sale"),
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
MOVED: dict[str, dict[str, tuple[Message, Message]]] = {
    "visits": {
        "activities": (
            message("More visits and contacts moved sales most"),
            message("Fewer visits and contacts moved sales most"),
        ),
        "hit_rate": (message("A higher hit rate moved sales most"), message("A lower hit rate moved sales most")),
        "value": (
            message("A higher value per sale moved sales most"),
            message("A lower value per sale moved sales most"),
        ),
        "other_orders": (
            message("More orders without a visit moved sales most"),
            message("Fewer orders without a visit moved sales most"),
        ),
        "other_value": (
            message("Larger orders without a visit moved sales most"),
            message("Smaller orders without a visit moved sales most"),
        ),
    },
    "opportunities": {
        "activities": (message("More opportunities moved sales most"), message("Fewer opportunities moved sales most")),
        "hit_rate": (message("A higher win rate moved sales most"), message("A lower win rate moved sales most")),
        "value": (
            message("A higher value per win moved sales most"),
            message("A lower value per win moved sales most"),
        ),
        "other_orders": (message("More other orders moved sales most"), message("Fewer other orders moved sales most")),
        "other_value": (
            message("Larger other orders moved sales most"),
            message("Smaller other orders moved sales most"),
        ),
    },
}
"""The factor that moved sales most, where its part is positive and where it is negative."""
STRONGEST: dict[str, dict[str, Message]] = {
    "visits": {
        "rate": message("More visits per week is the strongest lever"),
        "hit_rate": message("A higher hit rate is the strongest lever"),
        "value": message("A higher value per sale is the strongest lever"),
    },
    "opportunities": {
        "rate": message("More opportunities per week is the strongest lever"),
        "hit_rate": message("A higher win rate is the strongest lever"),
        "value": message("A higher value per win is the strongest lever"),
    },
}
CHANNEL: dict[str, Message] = {
    "visit": message("Visit"),
    "phone": message("Phone"),
    "web": message("Web"),
    "newsletter": message("Newsletter"),
    "other": message("Other"),
    "unknown": message("Not known"),
    "opportunity": message("Opportunities"),
}
CONTACTS: dict[str, Message] = {"phone": message("phone calls"), "newsletter": message("newsletters")}
"""Activities of a channel, inside a sentence."""
MOMENTS: dict[str, Message] = {"visits": message("visits and contacts"), "opportunities": message("opportunities")}
MAIN: dict[str, Message] = {"visits": message("visits"), "opportunities": message("opportunities")}
"""The moments that sellers are compared by."""


def channel(name: str, part: str, *, days: int) -> Message:
    """Return the name of a channel; a client's own word for a source stays as it is."""
    known = CHANNEL.get(name)
    if part == "other" and name == "visit":
        return message("Orders credited to visits, but none within {days} days", days=Count(days))
    if part == "other":
        return message("{channel}: orders on their own", channel=known or name)
    return known or Message("{name}", {"name": name})
