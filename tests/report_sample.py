"""A notebook with one of everything, built in memory from the library's own objects."""

from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from salesaudit import charts
from salesaudit.client import Client, Settings
from salesaudit.dataset import Commentary, Context, SalesData, Source
from salesaudit.figure import Col, Figure, Kpi, Kpis, Missing, Note, Table, Text
from salesaudit.finding import MIME, Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Loc, Rate, Share
from salesaudit.i18n import message

SELLERS = [f"Seller {n:02d}" for n in range(1, 11)]


def context(language: str = "en") -> Context:
    """Return the surroundings of one report."""
    return Context(
        Loc(language), "SEK", "Möbelhuset Åkerlund AB", date(2024, 7, 1), date(2025, 6, 30), date(2025, 6, 30)
    )


def data(language: str = "en", *, folder: Path = Path("akerlund"), **settings: Any) -> SalesData:
    """Return a client without tables: enough for the cover and the sources."""
    base = {
        "name": "Möbelhuset Åkerlund AB",
        "country": "SE",
        "currency": "SEK",
        "language": language,
        "branding": {"consultant": "Nordisk Revision", "confidentiality": "Confidential: group management only"},
    }
    sources = (
        Source("visits 2025.csv", "visits", "9f" * 32, 4210, 4188, 14, 8),
        Source("crm.xlsx", "sellers", "0a" * 32, 24, 24, 0, sheet="Säljare"),
        Source("notes.csv", None, "77" * 32, 12, 0, 0),
    )
    client = Client(folder=folder, settings=Settings.model_validate(base | settings))
    return SalesData(
        client=client,
        tables={},
        as_of=date(2025, 6, 30),
        start=date(2024, 7, 1),
        end=date(2025, 6, 30),
        sources=sources,
    )


def figures(where: Context) -> list[Figure]:
    """Return an interval plot, lines over time and a heat map."""
    rng = np.random.default_rng(3)
    rates = pd.DataFrame({"seller": SELLERS, "rate": rng.uniform(2, 8, len(SELLERS)).round(2)})
    rates = rates.assign(low=rates["rate"] - 0.9, high=rates["rate"] + 1.1)
    months = pd.DataFrame({"month": pd.date_range("2024-07-01", periods=12, freq="MS")})
    months = months.assign(
        existing=60 + 4 * np.sin(np.arange(12)), new=20 + np.linspace(0, 12, 12), lost=9 - np.linspace(0, 4, 12)
    )
    grid = pd.DataFrame(rng.uniform(0, 0.6, (6, 8)), index=SELLERS[:6], columns=[f"P{n}" for n in range(1, 9)])
    return [
        Figure(
            "rates",
            charts.intervals(
                rates,
                label="seller",
                value="rate",
                low="low",
                high="high",
                loc=where.loc,
                references=[(5.0, "target")],
                xlabel="visits per week",
            ),
            message("Half of the team stays below five visits a week"),
            message("Visits per working week and seller, with 95% intervals, {period}", period=where.period),
            message("Rates run from {low} to {high} visits a week.", low=Rate(2.1), high=Rate(7.9)),
            rates,
            where,
            message("visits, absence"),
            individual=True,
        ),
        Figure(
            "trend",
            charts.lines(
                months,
                x="month",
                values={"existing": "Existing", "new": "New", "lost": "Lost"},
                loc=where.loc,
                ylabel="visits",
            ),
            message("Visits to new customers rise, visits to existing ones stand still"),
            message("Visits per month"),
            message("Visits to new customers rise from {a} to {b} a month.", a=Count(20), b=Count(32)),
            months,
            where,
        ),
        Figure(
            "grid",
            charts.heatmap(grid, loc=where.loc, hatched=grid > 0.55),
            message("Six purposes are served by two sellers only"),
            message("Share of visits by purpose"),
            message("The largest share is {top}.", top=Share(0.6)),
            grid.reset_index(names="seller"),
            where,
            individual=True,
        ),
    ]


def table(where: Context, *, rows_shown: int = 4) -> Table:
    """Return a table with every kind of cell that looks different."""
    frame = pd.DataFrame(
        {
            "customer": [
                "Bergströms Inredning",
                "Aarhus Kontor A/S",
                "Fjord Interiør AS",
                "Café & Co",
                "Östgöta",
                "Vest",
            ],
            "last": pd.to_datetime(["2025-02-11", "2025-04-02", None, "2024-12-01", "2025-01-09", "2025-06-01"]),
            "revenue": [3_227_000.0, 2_295_000.5, 2_202_000.0, 1_685_000.0, 1_062_000.0, -535_000.25],
            "share": [0.31, 0.22, 0.21, 0.16, 0.1, np.nan],
            "state": ["red", "yellow", "green", "grey", "red", "green"],
        }
    )
    return Table(
        "silent",
        message("The customers who fell silent"),
        frame,
        [
            Col("customer", message("Customer")),
            Col("last", message("Last visit"), "date"),
            Col("revenue", message("Revenue, SEK"), "money", bar=True),
            Col("share", message("Share of revenue"), "share"),
            Col("state", message("State"), "severity"),
        ],
        where,
        subtitle=message("SEK, {period}", period=where.period),
        source=message("orders, visits"),
        rows_shown=rows_shown,
    )


def findings(where: Context) -> Findings:
    """Return one finding of each colour."""

    def finding(code: str, severity: Severity, title: str, **rest: Any) -> Finding:
        return Finding(
            code=code,
            severity=severity,
            title=message(title),
            condition=message(
                "{share} of the visits go to customers worth {money} a year.",
                share=Share(0.41, 0.36, 0.46),
                money=where.money(1.2e6),
            ),
            criterion=message("A third at most, by the plan of January."),
            recommendation=message("Move two visits a week to the customers on the list within the quarter."),
            n=rest.pop("n", 1204),
            unit=message("visits"),
            **rest,
        )

    return Findings(
        (
            finding("VF-02", Severity.GREEN, "Video meetings replace travel where it matters", see="trend"),
            finding(
                "VF-01",
                Severity.YELLOW,
                "Two sellers visit half as often as the rest",
                subject="Seller 03",
                individual=True,
                see="rates",
                effect=where.money(-4.0e6, -6.1e6, -1.2e6),
            ),
            finding(
                "VF-01",
                Severity.RED,
                "The largest customers are visited least",
                see="silent",
                effect=where.money(-14.3e6, -19e6, -9e6),
                evidence=Evidence.of("visits", ["a", "b"]),
            ),
            finding(
                "VF-09",
                Severity.GREY,
                "Whether visits lead to orders is not settled",
                n=12,
                needs=message("Orders with customer and date for two years."),
                effect=message("The plan may rest on the wrong customers."),
            ),
        ),
        where,
    )


def output(shown: Any) -> NotebookNode:
    """Return what the kernel would have stored for an object."""
    return new_output("display_data", data=dict(shown._repr_mimebundle_()))


def document_output(document: dict[str, Any]) -> NotebookNode:
    """Return an output with a document of our MIME type as it is."""
    return new_output("display_data", data={MIME: document})


def code(*shown: Any, tags: tuple[str, ...] = ()) -> NotebookNode:
    """Return an executed code cell."""
    outputs = [s if isinstance(s, NotebookNode) else output(s) for s in shown]
    return new_code_cell("secret_code()", outputs=outputs, metadata={"tags": list(tags)})


def notebook(*cells: NotebookNode) -> NotebookNode:
    """Return a notebook whose cell ids do not depend on chance."""
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    nb = new_notebook(cells=list(cells))
    nbformat.validate(nb)
    return nb


def sample(language: str = "en", **settings: Any) -> NotebookNode:
    """Return a notebook with one of everything; drawn once per language, because drawing takes long."""
    nb = deepcopy(_sample(language))
    if settings:  # they change nothing but the cover
        cell = next(c for c in nb.cells if any(o["data"][MIME]["type"] == "cover" for o in c.get("outputs", ())))
        cell.outputs = [output(data(language, **settings))]
    return nb


@cache
def _sample(language: str) -> NotebookNode:
    where = context(language)
    rates, trend, grid = figures(where)
    kpis = Kpis(
        [
            Kpi(message("Visits, 12 months"), Count(4188), message("+3% on the year before")),
            Kpi(message("Visits per week"), Rate(4.6, 4.2, 5.0)),
            Kpi(message("Share to large customers"), Share(0.28), message("target: one third")),
            Kpi(message("Revenue not visited"), where.money(14.3e6)),
        ],
        where,
    )
    note = Note(
        [
            (message("Unit"), message("One visit with a customer, on site or by video.")),
            (
                message("Exposure"),
                message("Working days net of holidays and absence, from {period}.", period=where.period),
            ),
            (message("Reference"), message("Wilson, E. B. (1927). Probable inference. JASA 22, 209–212.")),
        ],
        where,
        missing=[("absence.date", message("Leave per seller would make the rates exact."))],
    )
    return notebook(
        new_markdown_cell(
            "# Do our sellers visit the *right* customers often enough?\n\n"
            "Where the visits go, whom they miss,\nand what that costs."
        ),
        code(tags=("parameters",)),
        code(data(language)),
        code(
            Text(
                [
                    message(
                        "{n} visits were made to {k} customers; {share} of them went to the smallest third.",
                        n=Count(4188),
                        k=Count(812),
                        share=Share(0.41),
                    )
                ],
                where,
            )
        ),
        code(kpis, findings(where)),
        new_markdown_cell(
            "## How often each seller visits\n\n"
            "The rate counts working weeks, so that holidays and leave do not matter."
        ),
        code(rates),
        new_markdown_cell(
            "### Over the year\n\nSeen month by month, **new customers** take more of the time:\n\n"
            "- existing customers stand still\n- lost ones fade"
        ),
        code(trend),
        new_markdown_cell("## Which customers are missed"),
        code(table(where)),
        code(grid),
        code(
            Missing(
                message("Do more visits lead to more orders?"),
                ["orders.customer_id", "orders.date"],
                message("Two years of orders with customer and date."),
                where,
            )
        ),
        new_markdown_cell("## The consultant's view"),
        code(Commentary("The team has **three** new sellers.\n\nSee [the rates](#fig-rates) and https://example.org.")),
        new_markdown_cell("## Method and limits"),
        code(note),
    )
