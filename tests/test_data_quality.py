"""What came in, what became of it, and what cannot be said with it."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesaudit import analyses, example
from salesaudit.analyses import data_quality as dq
from salesaudit.dataset import ISSUE_COLUMNS, SalesData, Source
from salesaudit.i18n import message
from salesaudit.ingest.reasons import R

START, END = date(2025, 1, 1), date(2025, 12, 31)


def daily(table: str, *, start: str = "2025-01-01", end: str = "2025-12-31", per_day: int = 2) -> pd.DataFrame:
    """Return visits or orders on every weekday between two days."""
    days = np.repeat(pd.bdate_range(start, end), per_day)
    number = np.arange(len(days))
    if table == "visits":
        return pd.DataFrame(
            {
                "visit_id": [f"V{n}" for n in number],
                "seller_id": [f"S{n % 3}" for n in number],
                "customer_id": [f"C{n}" for n in number],
                "date": days,
            }
        )
    return pd.DataFrame(
        {
            "order_id": [f"O{n}" for n in number],
            "customer_id": [f"C{n}" for n in number],
            "order_date": days,
            "amount": 100.0 + number,
        }
    )


def issue(kind: str, reason: str, *, rows: int = 1, **more) -> dict:
    return dict.fromkeys(ISSUE_COLUMNS) | {"kind": kind, "reason": reason, "rows": rows, "cure": "", **more}


def source(table: str | None, rows_in: int, rejected: int = 0, merged: int = 0) -> Source:
    return Source(f"{table}.csv", table, "ab" * 32, rows_in, rows_in - rejected - merged, rejected, merged)


def read_from(data: SalesData, *sources: Source, issues: list[dict] | None = None) -> SalesData:
    """Return the data as if they had been read from these files with these issues."""
    return replace(data, sources=sources, issues=pd.DataFrame(issues or [], columns=list(ISSUE_COLUMNS)))


def found(data: SalesData, **keywords) -> dict[str, object]:
    return {f.code: f for f in dq.findings(dq.analyse(data, **keywords))}


@pytest.mark.parametrize(("rejected", "colour"), [(0, "green"), (10, "green"), (20, "yellow"), (60, "red")])
def test_rejected_rows_by_share(make_data, rejected: int, colour: str) -> None:
    """Up to one per cent of a table's rows may be unreadable, above five per cent is red."""
    data = read_from(make_data(visits=daily("visits")), source("visits", 1000, rejected), source("orders", 100_000))
    assert found(data)["DQ-01"].severity == colour


def test_every_row_is_accounted_for(make_data) -> None:
    """Rows in are used, merged and rejected, and the sentence holds the same numbers."""
    data = read_from(make_data(visits=daily("visits")), source("visits", 1000, 30, 7), source(None, 50))
    said = found(data)["DQ-01"].as_json(data.context.loc)["values"]["condition"]
    values = {k: v["value"] for k, v in said.items() if "value" in v}
    assert values["rows"] == values["used"] + values["merged"] + values["rejected"] == 1000


def test_what_must_be_cured_is_red(make_data) -> None:
    """A file that could not be read at all stops the audit, even when no row was rejected."""
    data = read_from(
        make_data(visits=daily("visits")), source("visits", 1000), issues=[issue("must_fix", "no header was found")]
    )
    assert found(data)["DQ-01"].severity == "red"


def test_tables_without_files_are_grey(make_data) -> None:
    """Without files nothing can be said about how the rows were read."""
    assert found(make_data(visits=daily("visits")))["DQ-01"].severity == "grey"


def test_files_without_rows_are_red(make_data) -> None:
    """Headers alone, or rows of which none can be used, leave nothing to audit, whatever the shares say."""
    empty = make_data(visits=daily("visits").head(0))
    for sources in ([source("visits", 0)], [source("visits", 9, 9)]):
        finding = found(read_from(empty, *sources))["DQ-01"]
        assert finding.severity == "red"
        assert finding.title.text(empty.context.loc) == "No row could be used"


def test_what_is_in_order_carries_no_advice(make_data) -> None:
    """The advice for the red case below a green finding would read as a task."""
    data = read_from(make_data(start=START, end=END, visits=daily("visits")), source("visits", 9))
    green = [f for f in found(data).values() if f.severity == "green"]
    assert len(green) > 3
    assert {f.recommendation for f in green} == {None}


def test_months_hold_only_days_of_the_period(make_data) -> None:
    """A period that begins in the middle of a month must not count the days before it."""
    visits = daily("visits", start="2024-12-01")
    result = dq.analyse(make_data(start=date(2025, 1, 20), end=END, visits=visits))
    assert result.monthly["visits"].iloc[0] == visits["date"].between("2025-01-20", "2025-01-31").sum()


def test_only_headers_that_were_not_known_are_shown(make_data) -> None:
    """What was matched by likeness is worth a look; the rest stays in the data behind the table."""
    how = ["known header"] * 3 + ["similar header"]
    columns = ["visit_id", "seller_id", "customer_id", "date"]
    rows = {"file": "v.csv", "table": "visits", "column": columns, "header": columns, "how": how, "confidence": 1.0}
    table = dq.table_mapping(dq.analyse(replace(make_data(), mapping=pd.DataFrame(rows)))).as_json()
    assert [row[2]["text"] for row in table["body"]] == ["date"]
    assert len(table["rows"]) == 4
    assert "3 of 4" in table["subtitle"]


def test_reasons_are_counted_with_an_example(make_data) -> None:
    """A reason stands once, with all its rows, and the example leads to file, line, column and value."""
    issues = [
        issue("rejected", "this is not a date", table="visits", file="v.csv", line=7, column="Datum", value="32.13."),
        issue("rejected", "this is not a date", rows=4, table="visits", file="v.csv", line=9, column="Datum"),
        issue("assumed", "as_of is not set"),
    ]
    reasons = dq.analyse(read_from(make_data(), source("visits", 9, 5), issues=issues)).reasons
    first = reasons.iloc[0]
    assert (first["rows"], first["file"], first["line"], first["value"]) == (5, "v.csv", 7, "32.13.")
    assert reasons["rows"].sum() == 6


def test_a_full_year_has_no_gaps(make_data) -> None:
    """Rows on every weekday leave no gap, whatever the holidays."""
    result = dq.analyse(make_data(start=START, end=END, visits=daily("visits"), orders=daily("orders")))
    assert result.gaps.empty
    assert {f.code: str(f.severity) for f in dq.findings(result)}["DQ-02"] == "green"


def test_a_diary_of_two_weeks_is_not_said_to_fill_the_period(make_data) -> None:
    """The title names the tables it speaks of; months without a diary are hatched below it."""
    diary = pd.DataFrame({"seller_id": "S1", "date": pd.bdate_range("2025-06-02", "2025-06-13"), "minutes": 60.0})
    data = make_data(start=START, end=END, visits=daily("visits"), time_use=diary.assign(category="contact"))
    figure = dq.plot_months(dq.analyse(data)).as_json()
    assert figure["title"] == "Rows in every month: visits"
    assert "cells without a row: 11" in figure["alt"]


def test_the_note_states_the_share_that_was_asked_for(make_data) -> None:
    """A month counts as thin below the share in the parameters, and the note says that share."""
    result = dq.analyse(make_data(start=START, end=END, visits=daily("visits")), thin_share=0.5)
    assert any("less than 50% of what" in item["text"] for item in dq.method(result).as_json()["items"])


def test_weeks_without_rows_are_found(make_data) -> None:
    """Two empty weeks in a row are one stretch, with its first and last day."""
    visits = daily("visits")
    hole = visits["date"].between("2025-03-03", "2025-03-16")
    result = dq.analyse(make_data(start=START, end=END, visits=visits[~hole]))
    assert result.gaps.to_dict("records") == [
        {
            "table": "visits",
            "kind": "no rows",
            "first": pd.Timestamp("2025-03-03"),
            "last": pd.Timestamp("2025-03-16"),
            "weeks": 2,
        }
    ]
    assert {f.code: str(f.severity) for f in dq.findings(result)}["DQ-02"] == "yellow"


def test_christmas_and_a_common_leave_are_no_gaps(make_data) -> None:
    """Weeks in which nobody works by calendar and absence may be empty."""
    visits = daily("visits", end="2026-06-30")
    quiet = visits["date"].between("2025-12-22", "2026-01-06") | visits["date"].between("2025-07-07", "2025-08-03")
    sellers = pd.DataFrame({"seller_id": ["S0", "S1", "S2"]})
    leave = sellers.assign(date_from=pd.Timestamp("2025-07-07"), date_to=pd.Timestamp("2025-08-03"))
    tables = {"start": START, "end": date(2026, 6, 30), "visits": visits[~quiet], "sellers": sellers}
    assert dq.analyse(make_data(**tables, absence=leave)).gaps.empty
    assert len(dq.analyse(make_data(**tables, absence=leave.head(1))).gaps)


def test_a_table_that_begins_late_or_ends_early_is_found(make_data) -> None:
    """An export cut at either end is the commonest fault, and is told with its days."""
    visits = daily("visits", start="2025-03-03", end="2025-10-31")
    gaps = dq.analyse(make_data(start=START, end=END, visits=visits)).gaps.set_index("kind")
    assert gaps.loc["starts late", "last"] == pd.Timestamp("2025-03-02")
    assert gaps.loc["ends early", "first"] == pd.Timestamp("2025-11-01")


def test_a_thin_month_is_found(make_data) -> None:
    """A month with a fifth of the usual rows is noticed even though no week is empty."""
    visits = daily("visits", per_day=5)
    may = visits["date"].dt.month == 5
    thinned = visits[~may | (visits.index % 5 == 0)]
    gaps = dq.analyse(make_data(start=START, end=END, visits=thinned)).gaps
    assert gaps[["kind", "first"]].values.tolist() == [["few rows", pd.Timestamp("2025-05-01")]]


def test_a_day_in_two_gaps_counts_once(make_data) -> None:
    """A month without rows is both empty weeks and a thin month, but only one month of the period."""
    visits = daily("visits")
    data = make_data(start=START, end=END, visits=visits[visits["date"].dt.month != 4])
    share = found(data)["DQ-02"].as_json(data.context.loc)["values"]["title"]["share"]["value"]
    assert 30 / 365 <= share <= 37 / 365


def test_repeated_rows_are_counted(make_data) -> None:
    """Rows equal in all but the id are repeats; rows without a customer cannot be told apart and are not."""
    visits = daily("visits").head(100)
    again = visits.head(10).assign(visit_id=[f"X{n}" for n in range(10)])
    data = make_data(start=START, end=END, visits=pd.concat([visits, again]))
    finding = found(data)["DQ-03"]
    assert finding.severity == "red"
    assert finding.evidence.ids == tuple(again["visit_id"])
    nameless = pd.concat([visits, again]).assign(customer_id=None)
    assert found(make_data(start=START, end=END, visits=nameless))["DQ-03"].severity == "green"


def test_repeats_that_the_files_bear_out_are_counted(make_data) -> None:
    """Rows without a customer cannot be compared in the canonical columns; the whole rows of the file were."""
    visits = daily("visits").head(100).assign(customer_id=None)
    data = make_data(start=START, end=END, visits=visits)
    note = dict.fromkeys(ISSUE_COLUMNS) | {"kind": "note", "table": "visits", "reason": R["repeats"], "rows": 40}
    finding = found(replace(data, issues=pd.DataFrame([note])))["DQ-03"]
    assert finding.severity == "red"
    assert "40 of 100" in finding.condition.text(data.context.loc)


def test_ids_that_point_nowhere_are_counted(make_data) -> None:
    """A customer id that is not in the customer table is an orphan; an empty one is not."""
    visits = daily("visits").head(100)
    visits.loc[:9, "customer_id"] = None
    customers = pd.DataFrame({"customer_id": visits["customer_id"].dropna().tolist()[:87]})
    data = make_data(start=START, end=END, visits=visits, customers=customers)
    orphans = dq.analyse(data).orphans.set_index("column").loc["customer_id"]
    assert (orphans["rows"], orphans["orphans"]) == (90, 3)
    assert found(data)["DQ-04"].severity == "yellow"


def test_what_cannot_be_answered_says_what_to_collect(make_data) -> None:
    """An analysis without its columns is grey and names them; one that lacks extras is answered in part."""
    needs = {
        "a": (message("Question A?"), ("visits.date",), (), ()),
        "b": (message("Question B?"), ("visits.date",), ("absence.seller_id",), ()),
        "c": (message("Question C?"), ("orders.amount", "visits.date"), ("targets.target",), ()),
        "d": (message("Question D?"), (), (), (("orders.amount", "orders.margin"), ("visits.date",))),
        "e": (message("Question E?"), (), (), (("orders.amount", "orders.margin"), ("quotes.amount",))),
        "self": (message("Not a question to the data?"), (), (), ()),
    }
    data = make_data(start=START, end=END, visits=daily("visits"))
    result = dq.analyse(data, needs=needs)
    assert result.answers.set_index("analysis")["state"].to_dict() == {
        "a": "yes",
        "b": "partly",
        "c": "no",
        "d": "yes",
        "e": "no",
    }
    grey = [f for f in dq.findings(result) if f.code == "DQ-05"]
    assert [(f.subject, str(f.severity)) for f in grey] == [("c", "grey"), ("e", "grey")]
    assert grey[1].needs.text(data.context.loc) == "quotes.amount", "the way that lacks least is asked for"
    assert grey[0].needs.text(data.context.loc) == "orders.amount"
    assert [name for name, _ in dq.method(result).missing] == ["orders.amount", "quotes.amount"]


def test_the_needs_of_all_analyses_are_found() -> None:
    """The page knows every analysis without a list that somebody would have to keep."""
    needs = analyses.needs()
    assert "visit_frequency" in needs
    assert needs["data_quality"].requires == ()
    assert list(needs) == sorted(needs)


def test_assumptions_are_to_be_confirmed(make_data) -> None:
    """What was taken for granted on the way in is yellow until the client has confirmed it."""
    data = read_from(make_data(), source("visits", 9), issues=[issue("assumed", "as_of is not set {}", table=None)])
    assert found(data)["DQ-06"].severity == "yellow"
    assert found(make_data())["DQ-06"].severity == "green"


def test_control_totals_add_up(make_data) -> None:
    """The orders of the period by month, with a total that can be held against the ledger."""
    orders = daily("orders", start="2024-12-01")
    table = dq.table_order_totals(dq.analyse(make_data(start=START, end=END, orders=orders)))
    inside = orders[orders["order_date"] >= "2025-01-01"]
    assert table.data["amount"].iloc[-1] == pytest.approx(inside["amount"].sum())
    assert table.data["orders"].iloc[:-1].sum() == len(inside)
    assert len(table.data) == 13


def test_empty_columns_are_listed(make_data) -> None:
    """The emptiest columns come first, and full columns do not clutter the table."""
    visits = daily("visits").assign(channel=None)
    visits.loc[: len(visits) // 2 - 1, "customer_id"] = None
    table = dq.table_completeness(dq.analyse(make_data(start=START, end=END, visits=visits)))
    assert table.data["column"].tolist() == ["channel", "customer_id"]
    assert table.data["missing"].tolist() == pytest.approx([1.0, 0.5], abs=0.01)


def everything(result) -> list[dict]:
    """Return the JSON of all that the notebook shows."""
    shown = [dq.key_figures(result), dq.findings(result), dq.method(result)]
    shown += [getattr(dq, name)(result) for name in dq.__all__ if name.startswith(("plot_", "table_"))]
    return [json.loads(json.dumps(item.as_json(), allow_nan=False)) for item in shown]


SITUATIONS = {
    "nothing": {},
    "empty table": {"visits": daily("visits").head(0)},
    "no dates": {"visits": daily("visits").assign(date=pd.NaT)},
    "outside the period": {"visits": daily("visits", start="2019-01-01", end="2019-03-01")},
    "hostile": {"customers": pd.DataFrame({"customer_id": ["<script>"], "name": ["<b>{x}</b>"]})},
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_everything_can_be_shown(make_data, situation: str) -> None:
    """This page works on anything, also on nothing."""
    result = dq.analyse(make_data(start=START, end=END, **SITUATIONS[situation]), needs=analyses.needs())
    assert len(everything(result)) == 10


@pytest.mark.parametrize("scenario", ["base", "small", "minimal", "dirty"])
def test_the_example_clients(scenario: str) -> None:
    """The example clients are whole; the dirty one has orphans, and they are found."""
    result = dq.analyse(example.sales_data(scenario=scenario), needs=analyses.needs())
    assert len(everything(result)) == 10
    colours = {f.code: str(f.severity) for f in dq.findings(result)}
    assert colours["DQ-02"] == "green"
    assert (result.orphans["orphans"].sum() > 0) == (scenario == "dirty")
