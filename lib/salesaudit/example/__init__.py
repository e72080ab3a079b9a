"""Nordverk: a synthetic client whose truth is known.

It serves three purposes: the demonstration, the tests that run every analysis, and the validation, which asks
whether an analysis finds what was planted. Everything is drawn from one seed; every block (`BLOCKS`) has a
generator of its own, so that leaving one out does not change the draws of another.

The table of opportunities holds two kinds, told apart in `truth["opportunities"]`. *Episodes* start with a company
presentation and are what the visits point to; they carry no probability. *Forecast* opportunities carry a stated
probability and have monthly snapshots; no visit points to them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.client import Client, Settings
from salesaudit.dataset import SalesData
from salesaudit.errors import unknown_name
from salesaudit.example import dirt, forms, pipeline, pipeline_log, sampled, trade, truth, visit_log, visits
from salesaudit.example.scenario import AS_OF, BLOCKS, SCENARIOS, Scenario
from salesaudit.example.settings import settings_of
from salesaudit.example.world import World, customers_table, make_world
from salesaudit.example.write import write_files
from salesaudit.schema import PROVENANCE, TABLES

__all__ = ["AS_OF", "BLOCKS", "SCENARIOS", "Example", "make_client", "sales_data", "write_client"]

MINIMAL_TABLES = ("sellers", "customers", "visits", "orders", "opportunities")


@dataclass(frozen=True)
class Example:
    """A synthetic client.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        Canonical names and dtypes of `schema.TABLES`, with provenance.
    truth : mapping of str
        Parameters and latent values. Of the sellers: rates (visits per normal week in the period), team_rate,
        low_seller, low_seller_gap, exposure, true_visit_share, false_visits_seller, missing_purpose_seller,
        belief_ratio, overestimation. Row by row: visits (took_place, achieved, purpose), episodes, customers
        (wallet, revenue, category), bought (revenue and category of the last twelve months), opportunities. Of the
        way to a contract: progress, progress_median_days, stuck_customers, seed_customer. Of the pipeline:
        optimism_index (expected), optimism_index_realised, seller_optimism, pipeline (counts of all that is open),
        pipeline_forecast, pushes_seen. Of the verification sample: contact_rate. Of the customers: category_shares,
        category_revenue_shares, category_3_visit_share, order_value_means, hit_rate (of visits to customers who
        already buy). In the dirty client: dirt. `scenario` holds all that was planted.
    settings : dict
        What client.toml holds.
    """

    tables: Mapping[str, pd.DataFrame]
    truth: Mapping[str, Any]
    settings: dict[str, Any]


def make_client(
    seed: int = 1, scenario: str = "base", *, weeks: int | None = None, blocks: Collection[str] | None = None
) -> Example:
    """Return a synthetic client; the same seed and scenario give the same client.

    Parameters
    ----------
    seed : int
    scenario : str
        A key of `SCENARIOS`.
    weeks : int, optional
        Length of the history in weeks, ending at `AS_OF`; the scenario's own where missing.
    blocks : collection of str, optional
        Which of `BLOCKS` to generate; all where missing. Visits point to opportunities only where both are made.

    Raises
    ------
    UserError
        No such scenario.
    KeyError
        No such block.
    """
    if scenario not in SCENARIOS:
        raise unknown_name("scenario", scenario, SCENARIOS)
    rules = SCENARIOS[scenario]
    if weeks is not None:
        rules = replace(rules, weeks=weeks)
    wanted = set(BLOCKS if blocks is None else blocks)
    if unknown := wanted - set(BLOCKS):
        raise KeyError(f"no block {sorted(unknown)}; there are {', '.join(BLOCKS)}")
    tables, facts = _generate(rules, wanted, np.random.default_rng(seed))
    if scenario == "dirty":
        tables, facts["dirt"] = dirt.plant(tables), dirt.counts(tables)
    if {"sellers", "visits", "inputs"} <= wanted and not rules.minimal:
        tables |= sampled.verification_tables(
            tables, settings_of(rules), facts["visits"], seed=seed, said_achieved=rules.said_achieved
        )
        tables = {name: tables[name] for name in TABLES if name in tables}
        facts["contact_rate"] = sampled.CONTACT_RATE
    if rules.minimal:
        tables = {
            name: tables[name][[*TABLES[name].required, *PROVENANCE]] for name in MINIMAL_TABLES if name in tables
        }
    facts["scenario"] = rules
    return Example(MappingProxyType(tables), MappingProxyType(facts), settings_of(rules))


def _generate(
    rules: Scenario, wanted: set[str], rng: np.random.Generator
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return tables and truth of the wanted blocks; what they stand on is made in any case."""
    streams = dict(zip(("world", "world_customers", "visit_draws", *BLOCKS), rng.spawn(10), strict=True))
    world = make_world(rules, streams["world"], streams["world_customers"])
    tables: dict[str, pd.DataFrame] = {}
    facts: dict[str, Any] = {"exposure": truth.exposure_truth(world)}
    if "sellers" in wanted:
        tables |= {"sellers": world.sellers, "absence": world.absence}
    if "customers" in wanted:
        tables["customers"] = customers_table(world, streams["customers"])
        facts |= truth.customers_truth(world)
    if wanted <= {"sellers", "customers"}:
        return tables, facts

    made = visits.simulate_visits(world, streams["visit_draws"])
    facts |= truth.visits_truth(world, made) | truth.progress_truth(world, made)
    deals = None
    if wanted & {"opportunities", "orders", "activities", "inputs"}:
        deals = pipeline.simulate_pipeline(world, made, streams["opportunities"])
    linked = pipeline.episode_ids(deals) if deals is not None and "opportunities" in wanted else None
    facts["episodes"] = truth.episodes_truth(world, made, linked)
    if "visits" in wanted:
        tables["visits"], facts["visits"] = visit_log.visits_table(world, made, linked, streams["visits"])
        facts["true_visit_share"] = facts["visits"].attrs.pop("true_visit_share")
    if "opportunities" in wanted:
        snapshots = pipeline_log.snapshots_table(world, deals)
        tables |= {
            "opportunities": deals.opportunities,
            "opp_snapshots": snapshots,
            "stage_history": pipeline_log.history_table(world, made, deals),
            "quotes": pipeline_log.quotes_table(world, made, deals, streams["opportunities"]),
        }
        facts |= truth.pipeline_truth(world, deals, snapshots)
    facts |= _trade(world, made, deals, wanted, streams, tables)
    return {name: tables[name] for name in TABLES if name in tables}, facts


def _trade(
    world: World,
    made: visits.Visits,
    deals: pipeline.Pipeline | None,
    wanted: set[str],
    streams: Mapping[str, np.random.Generator],
    tables: dict[str, pd.DataFrame],
) -> dict[str, Any]:
    """Add orders, activities and forms to the tables; returns their truth."""
    facts: dict[str, Any] = {}
    receivers = trade.newsletter_receivers(world, streams["world"])
    if "orders" in wanted:
        tables["orders"], bought = trade.orders_table(world, made, deals, receivers, streams["orders"])
        facts |= truth.orders_truth(world, bought)
    if "activities" in wanted:
        tables["activities"] = trade.activities_table(world, made, deals, receivers, streams["activities"])
    if "inputs" in wanted:
        rng = streams["inputs"]
        _, team = made.expected_rate(world)
        tables |= {
            "beliefs": forms.beliefs_table(world, team, rng),
            "targets": forms.targets_table(world, team),
            "scorecard": forms.scorecard_table(world, deals, rng),
            "time_use": forms.time_use_table(world, rng),
            "support_functions": forms.support_table(),
        }
        facts |= truth.inputs_truth()
    return facts


def sales_data(
    seed: int = 1, scenario: str = "base", *, weeks: int | None = None, blocks: Collection[str] | None = None
) -> SalesData:
    """Return a synthetic client as an analysis receives it, without any files."""
    example = make_client(seed, scenario, weeks=weeks, blocks=blocks)
    settings = Settings.model_validate(example.settings)
    return SalesData(
        client=Client(folder=Path("nordverk"), settings=settings),
        tables=example.tables,
        as_of=settings.as_of,
        start=settings.period.start,
        end=settings.period.end,
    )


def write_client(folder: Path, *, seed: int = 1, scenario: str = "base", language: str = "en") -> None:
    """Write a synthetic client as it would arrive: client.toml, exports/, inputs/ and commentary/.

    Parameters
    ----------
    folder : Path
        Made where it does not exist; files of the same names are replaced.
    language : {"en", "sv", "da", "nb"}
        Of the report and of the consultant's commentary; the exports are Swedish in any case.
    """
    example = make_client(seed, scenario)
    settings = example.settings | {"language": language}
    write_files(folder, example.tables, settings, broken=scenario == "dirty")
