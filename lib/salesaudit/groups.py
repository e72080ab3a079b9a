"""Groups of sellers in the place of sellers: what the team edition shows of a table with one row per seller."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from salesaudit.dataset import Context
from salesaudit.i18n import message
from salesaudit.privacy import FEWEST, SUPPRESSED

GROUP, SELLERS = "group", "sellers"


def medians(data: pd.DataFrame, *, label: str, values: Sequence[str], context: Context) -> pd.DataFrame:
    """Return the median over the sellers of each group: all, and each team where there are several.

    A cell that rests on fewer than `FEWEST` sellers holds the text "n < 5", its number of sellers included. A team of
    fewer is not worked out from the others: medians, unlike sums, do not say what the remaining values are.

    Parameters
    ----------
    data : DataFrame
        One row per seller.
    label : str
        Column of labels; sellers outside the seller table, who share one label, are not counted.
    values : sequence of str
        Numeric columns.

    Returns
    -------
    DataFrame
        group, sellers, and `values`; one row per group.
    """
    loc = context.loc
    known = data[data[label].notna() & (data[label] != context.seller(None))]
    numbers = known[list(values)].apply(pd.to_numeric, errors="coerce").astype(float).groupby(known[label]).median()
    teams = pd.Series(numbers.index.map(context.teams.get), numbers.index, dtype="object")
    groups = [(message("All sellers").text(loc), numbers)]
    names = sorted(set(teams.dropna()))
    if len(names) > 1:
        groups += [(str(team), numbers[teams == team]) for team in names]
    rows = [[name, enough(len(part), len(part), context), *_cells(part, context)] for name, part in groups]
    return pd.DataFrame(rows, columns=[GROUP, SELLERS, *values], dtype="object")


def _cells(part: pd.DataFrame, context: Context) -> list[Any]:
    return [enough(part[column].median(), int(part[column].notna().sum()), context) for column in part]


def enough(value: Any, sellers: float, context: Context) -> Any:
    """Return a value, or "n < 5" where it rests on fewer sellers."""
    return value if sellers >= FEWEST else SUPPRESSED.text(context.loc)
