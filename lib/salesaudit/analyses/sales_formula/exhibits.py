"""How the result is shown: key figures, figures, tables."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesaudit import charts
from salesaudit.analyses.sales_formula.judgement import LEVEL, moved_most
from salesaudit.analyses.sales_formula.moments import FEWEST_DAYS
from salesaudit.analyses.sales_formula.sellers import FACTORS, FEWEST_HITS
from salesaudit.analyses.sales_formula.words import FACTOR, PHRASE, channel
from salesaudit.figure import Col, Figure, Kpi, Kpis, Missing, Table
from salesaudit.format import Count, Day, Rate, Share, Value
from salesaudit.i18n import Message, message

if TYPE_CHECKING:
    from salesaudit.analyses.sales_formula.analysis import SalesFormula

LARGEST = 0.60


def _windows(result: "SalesFormula") -> Message:
    now, before = result.windows.now, result.windows.before
    return message("{a} to {b} against {c} to {d}", a=Day(now[0]), b=Day(now[1]), c=Day(before[0]), d=Day(before[1]))


def key_figures(result: "SalesFormula") -> Kpis:
    """Return sales of the moments, their number per normal week, hit rate and value."""
    team, words = result.sellers.team, FACTOR[result.moments.kind]
    note = message("{a} to {b}", a=Day(result.seller_window[0]), b=Day(result.seller_window[1]))
    items = [
        Kpi(words["rate"], Rate(*team[["rate", "rate_low", "rate_high"]].astype(float)), message("per seller")),
        Kpi(
            words["hit_rate"],
            Share(*team[["hit_rate", "hit_rate_low", "hit_rate_high"]].astype(float)),
            message("within {days} days", days=Count(result.moments.age_days)),
        ),
        Kpi(words["value"], result.context.money(*team[["value", "value_low", "value_high"]].astype(float)), note),
    ]
    if result.change is not None:
        sales = result.change.sales
        change = result.context.money(sales["change"], sales["change_low"], sales["change_high"])
        items.append(
            Kpi(message("Change in sales"), change, message("all channels; {level} interval", level=Share(LEVEL)))
        )
    return Kpis(items, result.context)


def _too_short(result: "SalesFormula") -> Missing:
    way = ["visits.date", "orders.order_date"] if result.moments.kind == "visits" else ["opportunities.created_date"]
    return Missing(
        message("What moved sales?"),
        way,
        message(
            "Two periods of at least {days} days, old enough for their sales to have come.", days=Count(FEWEST_DAYS)
        ),
        result.context,
    )


def plot_change(result: "SalesFormula") -> Figure | Missing:
    """Show the parts of the change in sales with what chance alone would do to each."""
    context, words, phrases = result.context, FACTOR[result.moments.kind], PHRASE[result.moments.kind]
    if result.change is None or result.change.factors.empty:
        return _too_short(result)
    sales, factors = result.change.sales, result.change.factors.reset_index()
    frame = pd.DataFrame(
        {
            "part": [words[f].text(context.loc) for f in factors["factor"]]
            + [message("Change in sales").text(context.loc)],
            "contribution": [*factors["contribution"], sales["change"]],
            "low": [*factors["low"], sales["change_low"]],
            "high": [*factors["high"], sales["change_high"]],
        }
    )
    frame["words"] = [context.money(v).text(context.loc) for v in frame["contribution"]]
    top = moved_most(result, LARGEST)
    change = context.money(sales["change"])
    title = (
        message("The largest part of the change of {change} comes through {factor}", factor=phrases[top], change=change)
        if top
        else message("A change of {change}; no single part stands out", change=change)
    )
    low, high = factors.loc[factors["contribution"].idxmin()], factors.loc[factors["contribution"].idxmax()]
    return Figure(
        "change",
        charts.bars(
            frame,
            label="part",
            value="contribution",
            low="low",
            high="high",
            text="words",
            loc=context.loc,
            kind="money",
            currency=context.currency,
            colours=[charts.ACCENT] * len(factors) + [charts.CONTEXT],
        ),
        title=title,
        subtitle=message(
            "Parts of the change in sales in {currency}, {windows}; the parts add up exactly; lines are {level} "
            "intervals",
            level=Share(LEVEL),
            currency=context.currency,
            windows=_windows(result),
        ),
        alt=message(
            "Bars with intervals. Lowest: {low_part}, {low}. Highest: {high_part}, {high}.",
            low_part=phrases[low["factor"]],
            low=context.money(low["contribution"], low["low"], low["high"]),
            high_part=phrases[high["factor"]],
            high=context.money(high["contribution"], high["low"], high["high"]),
        ),
        data=frame.drop(columns="words"),
        context=context,
    )


def table_channels(result: "SalesFormula") -> Table | Missing:
    """List the formula by channel in both periods, orders without a moment included."""
    context, words = result.context, FACTOR[result.moments.kind]
    if result.change is None:
        return _too_short(result)
    rows = result.change.channels.copy()
    moments = rows["part"] == "moments"
    rows["hit_rate"] = rows["hit_rate"].where(moments)
    # Orders on their own have no number beside that of the orders.
    rows["number"] = rows["activities"].where(moments)
    days = result.moments.age_days
    rows["name"] = [
        channel(c, p, days=days).text(context.loc) for c, p in zip(rows["channel"], rows["part"], strict=True)
    ]
    rows["when"] = rows["period"].map(
        {"before": message("Before").text(context.loc), "now": message("Now").text(context.loc)}
    )
    total = rows.groupby("when", sort=False)["sales"].sum().reset_index()
    rows = pd.concat([rows, total.assign(name=message("Total").text(context.loc))], ignore_index=True)
    rows = rows.reindex(columns=[*rows.columns, *(c for c in ("hit_rate_low", "hit_rate_high") if c not in rows)])
    return Table(
        "channels",
        message("Sales by channel and factor"),
        rows,
        [
            Col("name", message("Channel")),
            Col("when", message("Period")),
            Col("number", message("Number"), "count"),
            Col("hits", message("Number of sales"), "count"),
            Col("hit_rate", words["hit_rate"], "share", low="hit_rate_low", high="hit_rate_high"),
            Col("value", words["value"], "money", low="value_low", high="value_high"),
            Col("sales", message("Amount"), "money"),
        ],
        context,
        subtitle=_reconciled(result),
        rows_shown=max(15, len(rows)),
    )


def _reconciled(result: "SalesFormula") -> Message:
    if result.booked is None:
        return message("{currency}, {windows}", currency=result.context.currency, windows=_windows(result))
    money = result.context.money
    values = {
        "currency": result.context.currency,
        "windows": _windows(result),
        "before": money(result.booked["before"]),
        "now": money(result.booked["now"]),
    }
    apart = {name: result.change.sales[name] - result.booked[name] for name in ("before", "now")}
    if max(abs(v) for v in apart.values()) < 1:
        return message(
            "{currency}, {windows}. Orders dated in the two periods come to {before} and {now}, as here", **values
        )
    return message(
        "{currency}, {windows}. Orders dated in the two periods come to {before} and {now}; the amounts here differ by "
        "{more_before} and {more_now}, because an order counts in the period of its visit or contact",
        more_before=money(apart["before"]),
        more_now=money(apart["now"]),
        **values,
    )


def _ordered(result: "SalesFormula") -> pd.DataFrame:
    frame = result.sellers.frame
    frame = frame.loc[sorted(frame.index, key=result.context.seller)]
    return frame.assign(seller=result.context.sellers(frame.index))


def _plot_factor(result: "SalesFormula", factor: str, kind: str, team: Value) -> Figure | Missing:
    """Show one factor for every seller beside the team."""
    context, label = result.context, FACTOR[result.moments.kind][factor]
    frame = _ordered(result)
    frame = frame[frame[f"{factor}_low"].notna() & frame[factor].notna()].reset_index()
    if frame.empty:
        return Missing(
            message("{factor}, by seller", factor=label),
            ["visits.seller_id" if result.moments.kind == "visits" else "opportunities.seller_id"],
            message("Sellers with at least {n} sales in the period.", n=Count(FEWEST_HITS)),
            context,
        )
    levers = result.sellers.levers
    if levers.empty:
        title = message("{factor}: {team} in the team", factor=label, team=team)
    elif levers.loc[factor, "distinct"]:
        title = message("{factor}: sellers differ by more than chance; {team} in the team", factor=label, team=team)
    else:
        title = message("{factor}: sellers cannot be told apart; {team} in the team", factor=label, team=team)
    words = {"rate": Rate, "hit_rate": Share}.get(factor, lambda v: context.money(v))
    low, high = frame[factor].min(), frame[factor].max()
    return Figure(
        f"seller_{factor}",
        charts.intervals(
            frame,
            label="seller",
            value=factor,
            low=f"{factor}_low",
            high=f"{factor}_high",
            loc=context.loc,
            kind=kind,
            currency=context.currency,
            xlabel=label.text(context.loc),
            references=[(team.value, message("team").text(context.loc))],
            zero=True,
        ),
        title=title,
        subtitle=_by_seller(result, int(frame["moments"].sum())),
        alt=message(
            "Dots with intervals. Lowest: {lowest}, {low}; highest: {highest}, {high}.",
            lowest=frame.loc[frame[factor].idxmin(), "seller"],
            low=words(float(low)),
            highest=frame.loc[frame[factor].idxmax(), "seller"],
            high=words(float(high)),
        ),
        data=frame[["seller", "moments", "hits", factor, f"{factor}_low", f"{factor}_high"]],
        context=context,
        individual=True,
    )


def _by_seller(result: "SalesFormula", number: int) -> Message:
    first, last = result.seller_window
    values = {"level": Share(result.confidence_level), "n": Count(number), "a": Day(first), "b": Day(last)}
    if result.moments.kind == "visits":
        return message("By seller with {level} interval, {n} visits, {a} to {b}", **values)
    return message("By seller with {level} interval, {n} opportunities, {a} to {b}", **values)


def plot_rates(result: "SalesFormula") -> Figure | Missing:
    """Show how many moments each seller has in a normal week."""
    return _plot_factor(result, "rate", "number", Rate(float(result.sellers.team["rate"])))


def plot_hit_rates(result: "SalesFormula") -> Figure | Missing:
    """Show the hit rate of each seller."""
    return _plot_factor(result, "hit_rate", "share", Share(float(result.sellers.team["hit_rate"])))


def plot_values(result: "SalesFormula") -> Figure | Missing:
    """Show the value per hit of each seller."""
    return _plot_factor(result, "value", "money", result.context.money(float(result.sellers.team["value"])))


def table_sellers(result: "SalesFormula") -> Table:
    """List the formula of each seller."""
    words = FACTOR[result.moments.kind]
    first, last = result.seller_window
    return Table(
        "seller_formula",
        message("The formula by seller"),
        _ordered(result).reset_index(drop=True),
        [
            Col("seller", message("Seller"), "seller"),
            Col("moments", message("Number"), "count"),
            Col("hits", message("Number of sales"), "count"),
            Col("rate", words["rate"], "rate", low="rate_low", high="rate_high"),
            Col("hit_rate", words["hit_rate"], "share", low="hit_rate_low", high="hit_rate_high"),
            Col("value", words["value"], "money", low="value_low", high="value_high"),
            Col("sales", message("Amount per normal week"), "money", low="sales_low", high="sales_high"),
        ],
        result.context,
        subtitle=message(
            "{currency}, {a} to {b}; {level} intervals; no value below {n} sales",
            currency=result.context.currency,
            a=Day(first),
            b=Day(last),
            level=Share(result.confidence_level),
            n=Count(FEWEST_HITS),
        ),
        individual=True,
    )


def table_gaps(result: "SalesFormula") -> Table:
    """List how far each seller's sales per normal week lie from the team's, split over the factors."""
    words, phrases, spread = FACTOR[result.moments.kind], PHRASE[result.moments.kind], result.sellers.spread
    frame = _ordered(result).reset_index(drop=True)
    frame = frame[frame["gap"].notna()] if "gap" in frame else frame
    subtitle = message(
        "{currency} per normal week above (+) or below (−) the team; the parts add up exactly and hold chance too",
        currency=result.context.currency,
    )
    if np.isfinite(spread["rate"]):
        subtitle = message(
            "{currency} per normal week against the team; the parts add up exactly and hold chance too. Of the spread "
            "between sellers {rate} lies in {rate_name}, {hit} in {hit_name}, {value} in {value_name}",
            currency=result.context.currency,
            rate=Share(spread["rate"]),
            rate_name=phrases["rate"],
            hit=Share(spread["hit_rate"]),
            hit_name=phrases["hit_rate"],
            value=Share(spread["value"]),
            value_name=phrases["value"],
        )
    return Table(
        "gaps",
        message("Where each seller's gap to the team comes from"),
        frame,
        [
            Col("seller", message("Seller"), "seller"),
            *(Col(f"gap_{f}", words[f], "money") for f in FACTORS),
            Col("gap", message("Gap in all"), "money"),
        ],
        result.context,
        subtitle=subtitle,
        individual=True,
    )
