"""Where is the bottleneck, for the team (PF-04) and for each seller (PF-05)?"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesaudit.analyses.purpose_funnel.progress import FEWEST_ENTERED, FEWEST_PER_SELLER, POWER, entries_needed
from salesaudit.analyses.purpose_funnel.stuck import FEWEST_WINS
from salesaudit.analyses.purpose_funnel.words import STEP, STEP_PHRASE
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Money, PValue, Share
from salesaudit.i18n import Message, message
from salesaudit.stats import Interval, classify, percentiles, pert, wilson

if TYPE_CHECKING:
    from salesaudit.analyses.purpose_funnel.analysis import PurposeFunnel

JOINED = 0.70
"""Share of quote presentations and negotiations with an opportunity below which progress is only an indication."""
REALISATION = (0.2, 0.5, 0.8)
"""How much of a possible gain from changed behaviour is usually realised (low, most likely, high)."""


def _joined(result: "PurposeFunnel") -> float:
    """Return the share of quote presentations and negotiations that could be tied to exactly one opportunity."""
    late = result.history.visits[result.history.visits["purpose"].isin(["QUO", "NEG"])].drop_duplicates("visit_id")
    return float(late["attribution"].isin(["id", "one", "later"]).mean()) if len(late) else np.nan


def _capped(colour: str, joined: float) -> Severity:
    """Return a colour that poor joins cannot make too sure: never red, never green."""
    if joined >= JOINED:
        return Severity(colour)
    return {"red": Severity.YELLOW, "green": Severity.GREY}.get(colour, Severity(colour))


def team_step(result: "PurposeFunnel", minor: float, major: float, fdr: float) -> Finding:
    """PF-04: the step of the team that has lost most against the period before."""
    common = {
        "code": "PF-04",
        "criterion": message(
            "No step is more than {minor} weaker, beyond chance, than in the equally long period before.",
            minor=Share(minor),
        ),
        "unit": message("episodes entering a step"),
        "see": "steps",
    }
    advice = message("Write down how the best cases passed this step, and train it in the whole team.")
    frame = result.periods
    if frame.empty:
        return Finding(
            severity=Severity.GREY,
            title=message("The team's progress cannot be compared with an earlier period"),
            condition=message(
                "No step has {n} episodes of full age both in the period and in the one before.",
                n=Count(FEWEST_ENTERED),
            ),
            recommendation=advice,
            n=int(result.steps["entered"].sum()),
            needs=message("Visits with purpose, and opportunities with closing dates, of two periods."),
            **common,
        )
    judged = [classify(draws, minor=minor, major=major) for draws in result.period_shortfall]
    colours = [
        c.colour if c.colour not in ("red", "yellow") or q <= fdr else "grey"
        for c, q in zip(judged, frame["qvalue"], strict=True)
    ]
    order = ["red", "yellow", "grey", "green"]
    worst = min(
        range(len(frame)), key=lambda i: (order.index(colours[i]), -float(np.median(result.period_shortfall[i])))
    )
    row, severity = frame.iloc[worst], _capped(colours[worst], _joined(result))
    return Finding(
        severity=severity,
        title={
            Severity.RED: message(
                "A step towards the contract has become much weaker: {step}", step=STEP_PHRASE[row["state"]]
            ),
            Severity.YELLOW: message(
                "A step towards the contract has become weaker: {step}", step=STEP_PHRASE[row["state"]]
            ),
            Severity.GREEN: message("No step towards the contract has become much weaker beyond chance"),
            Severity.GREY: message("It is open whether a step towards the contract has become weaker"),
        }[severity],
        condition=message(
            "{step}: {now} of {n} reached the next step within {days} days, against {before} of {n_before} in the "
            "period before. Of the steps compared this one shows the largest drop.",
            step=STEP[row["state"]],
            now=_share(wilson(row["reached"], row["entered"], confidence_level=result.confidence_level)),
            n=Count(int(row["entered"])),
            days=Count(int(result.steps.loc[row["state"], "horizon_days"])),
            before=_share(
                wilson(row["reached_before"], row["entered_before"], confidence_level=result.confidence_level)
            ),
            n_before=Count(int(row["entered_before"])),
        ),
        recommendation=None if severity is Severity.GREEN else advice,
        n=int(row["entered"] + row["entered_before"]),
        needs=message("More episodes of full age in both periods; the next audit will have them.")
        if severity is Severity.GREY
        else None,
        **common,
    )


def seller_steps(result: "PurposeFunnel", minor: float, major: float, fdr: float) -> list[Finding]:
    """PF-05: one finding per seller whose weakest step lies below the peers, else one for all."""
    frame = result.comparison.frame
    flagged: dict[str, tuple[float, Finding]] = {}
    sure = []
    for row, line in frame.iterrows():
        if not np.isfinite(line["pvalue"]):
            continue
        judged = classify(result.comparison.shortfall[row], minor=minor, major=major)
        sure.append(judged.colour == "green")
        if judged.colour not in ("red", "yellow") or not line["qvalue"] <= fdr or line["estimate"] >= line["peers"]:
            continue
        lost, effect = _contracts_lost(result, row, line)
        seller = line["seller_id"]
        if seller not in flagged or lost > flagged[seller][0]:
            flagged[seller] = (lost, _seller_step(result, line, _capped(judged.colour, _joined(result)), effect, minor))
    if flagged:
        return [finding for _, finding in flagged.values()]
    return [_no_seller_step(result, all(sure) and bool(sure), minor, major, fdr)]


def _contracts_lost(result: "PurposeFunnel", row: int, line: pd.Series) -> tuple[float, Money | Message | None]:
    """Return contracts a year that the shortfall costs (median), and their value after realisation."""
    context, steps = result.context, result.steps
    later = steps.iloc[steps.index.get_loc(line["state"]) + 1 :]
    onward = float(later["ultimate"].dropna().prod())
    entries = result.history.entries
    mine = entries[(entries["seller_id"] == line["seller_id"]) & (entries["state"] == line["state"])]
    inside = mine["date"].between(pd.Timestamp(context.start), pd.Timestamp(context.end)).sum()
    years = ((context.end - context.start).days + 1) / 365.25
    lost = inside / years * line["peers"] * np.clip(result.comparison.shortfall[row], 0, None) * onward
    amounts = result.won_amounts
    if len(amounts) < FEWEST_WINS:
        return float(np.median(lost)), None
    rng = np.random.default_rng(result.seed)
    value = rng.normal(amounts.mean(), amounts.std() / np.sqrt(len(amounts)), lost.size)
    margin = result.money.gross_margin
    gain = percentiles(lost * value * (margin or 1) * pert(*REALISATION, rng=rng, size=lost.size))
    money = context.money(gain.p50, gain.p10, gain.p90)
    if margin:
        return float(np.median(lost)), money
    return float(np.median(lost)), message("{amount} of revenue a year (the margin is not known).", amount=money)


def _seller_step(result: "PurposeFunnel", line: pd.Series, severity: Severity, effect, minor: float) -> Finding:
    visits = result.history.visits
    mine = visits[(visits["seller_id"] == line["seller_id"]) & (visits["purpose"] == line["state"])]
    seller = result.context.seller(line["seller_id"])
    return Finding(
        code="PF-05",
        severity=severity,
        title=message(
            "{seller} gets further less often than the others: {step}", seller=seller, step=STEP_PHRASE[line["state"]]
        ),
        condition=message(
            "{reached} of {entered} reached the next step within {days} days. Adjusted for chance it is {own}; the "
            "median of the other sellers is {peers}. The chance of so large a difference if all sellers were "
            "alike, allowing for all comparisons: {q}.",
            reached=Count(int(line["reached"])),
            entered=Count(int(line["entered"])),
            days=Count(int(result.steps.loc[line["state"], "horizon_days"])),
            own=Share(line["estimate"], line["low"], line["high"]),
            peers=Share(line["peers"]),
            q=PValue(line["qvalue"]),
        ),
        criterion=message("At most {minor} below the other sellers.", minor=Share(minor)),
        recommendation=message(
            "Take this step as the subject of the next coaching talks, and join visits of this kind."
        ),
        n=int(line["entered"]),
        unit=message("episodes entering the step"),
        effect=effect,
        effect_of=message("margin a year") if isinstance(effect, Money) else None,
        subject=seller,
        individual=True,
        see="seller_steps",
        evidence=Evidence.of("visits", list(mine["visit_id"].drop_duplicates())),
    )


def _no_seller_step(result: "PurposeFunnel", alike: bool, minor: float, major: float, fdr: float) -> Finding:
    frame, tests = result.comparison.frame, result.comparison.tests
    fit = frame[frame["pvalue"].notna()] if len(frame) else frame
    severity = _capped("green" if alike else "grey", _joined(result))
    if tests:
        rate = float((fit["reached"].sum()) / fit["entered"].sum())
        needs = message(
            "To find a seller {drop} below the others with a probability of {power}, about {needed} episodes per "
            "seller and step are needed; the median seller has {n}.",
            drop=Share(major),
            power=Share(POWER),
            needed=Count(int(entries_needed(rate, drop=major, tests=tests, fdr=fdr)) if 0 < rate < 1 else 0),
            n=Count(int(fit["entered"].median())),
        )
    else:
        needs = message(
            "At least two sellers with {n} episodes of full age entering the same step.", n=Count(FEWEST_PER_SELLER)
        )
    return Finding(
        code="PF-05",
        severity=severity,
        title=message("No seller is far below the others at any step")
        if severity is Severity.GREEN
        else message("No seller can be told apart from the others at any step"),
        condition=message(
            "{tests} comparisons of a seller with the others at a step; none shows a relevant shortfall beyond chance.",
            tests=Count(tests),
        )
        if tests
        else message("No seller could be compared with the others at any step."),
        criterion=message("At most {minor} below the other sellers.", minor=Share(minor)),
        recommendation=None if severity is Severity.GREEN else message("Do not single out a seller on these numbers."),
        n=int(frame["entered"].sum()) if len(frame) else 0,
        unit=message("episodes entering a step"),
        see="seller_steps",
        needs=None if severity is Severity.GREEN else needs,
    )


def _share(interval: Interval) -> Share:
    return Share(interval.estimate, interval.low, interval.high)
