"""The canonical tables: what every export becomes, with type, unit and meaning.

The readers map a client's files to these names and types; every analysis names its needs in these words.
A table knows its grain (what one row is), its key, and which columns it cannot do without.
"""

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import pandera.pandas as pa

DTYPES = {
    "id": "str",
    "text": "str",
    "code": "str",
    "date": "datetime64[us]",
    "datetime": "datetime64[us]",
    "number": "float64",
    "amount": "float64",
    "share": "float64",
    "count": "float64",
    "minutes": "float64",
    "days": "float64",
    "score": "float64",
    "latitude": "float64",
    "longitude": "float64",
    "flag": "boolean",
}
"""Kind of a column -> pandas dtype. Counts are floats so that a missing one stays missing."""

RANGES = {
    "share": (0, 1),
    "count": (0, None),
    "minutes": (0, None),
    "score": (0, 4),
    "latitude": (-90, 90),
    "longitude": (-180, 180),
}
"""Kind of a column -> smallest and largest allowed value."""


@dataclass(frozen=True)
class Column:
    """One canonical column.

    Attributes
    ----------
    name, kind, meaning : str
        `kind` is a key of `DTYPES`; money is in the client's currency, excluding VAT.
    required : bool
        Whether the table can do without it.
    allowed : tuple of str
        The codes of a column of kind "code"; empty when any text will do.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One canonical table."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return one column by name."""
        return next(c for c in self.columns if c.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.required)


PURPOSES = ("REL", "PRE", "NEED", "QUO", "NEG", "REP", "OTH")
"""Relation, company presentation, needs analysis, quote presentation, negotiation, reporting, other."""
PROGRESS = ("PRE", "NEED", "QUO", "NEG")
"""The purposes that lead towards a contract, in order."""
STATUSES = ("open", "won", "lost")
CATEGORIES = ("1", "2R", "2P", "3")
"""Revenue and potential high; revenue high; potential high; neither."""


def _table(name: str, grain: str, key: str, required: str, optional: str) -> Table:
    """Read columns from lines of ``name kind[:allowed|allowed] meaning``; a table is easier to check as a table."""
    columns = []
    for is_required, block in ((True, required), (False, optional)):
        for line in block.strip().splitlines():
            column, kind, meaning = line.split(maxsplit=2)
            kind, _, allowed = kind.partition(":")
            codes = tuple(allowed.split("|")) if allowed else ()
            columns.append(Column(column, kind, meaning, is_required, codes))
    return Table(name, grain, tuple(key.split()), tuple(columns))


_PURPOSE = "code:" + "|".join(PURPOSES)

TABLES = MappingProxyType(
    {
        table.name: table
        for table in (
            _table(
                "sellers",
                "one seller",
                "seller_id",
                """
                seller_id id who sells; the owner field of most CRMs
                """,
                """
                country code country of the working calendar, ISO 3166 alpha-2; the client's where missing
                name text name, shown only in the named edition
                region text sales region
                team text team or department
                manager text the seller's manager
                role text field, inside, KAM or service
                start_date date first day of employment as a seller
                end_date date last day of employment as a seller
                fte share full-time equivalent, 1 is full time
                home_lat latitude where the car trips start, degrees north
                home_lon longitude where the car trips start, degrees east
                annual_cost amount loaded cost per year
                hourly_cost amount loaded cost per productive hour
                profile code:hunter|farmer|both how the seller or the manager rates the profile
                """,
            ),
            _table(
                "customers",
                "one customer",
                "customer_id",
                """
                customer_id id the customer (account)
                """,
                """
                name text company name
                lat latitude degrees north
                lon longitude degrees east
                postcode text postal code, as text
                city text town
                country code ISO 3166 alpha-2
                industry_code text industry
                employees count number of employees
                turnover amount the customer's own yearly turnover
                first_order_date date first order ever, for tenure
                client_category text the client's own class (A-D or 1, 2R, 2P, 3)
                category_date date when that class was set
                key_account flag whether a key account manager owns it
                potential_declared amount yearly wallet, as the client declares it
                share_of_wallet_declared share the client's share of that wallet
                owner_seller_id id the seller who owns the customer
                relation_manager_visits_only flag visited only by a relation manager
                """,
            ),
            _table(
                "visits",
                "one visit of one seller to one customer",
                "visit_id",
                """
                visit_id id the visit
                seller_id id who visited
                customer_id id who was visited; may be empty where the CRM does not say
                date date day of the visit
                """,
                f"""
                start_time datetime start, local time
                end_time datetime end, local time
                duration_min minutes length of the visit
                order_in_day count number of the stop in the seller's day
                purpose_planned {_PURPOSE} what the visit was for
                purpose_achieved code:yes|part|no whether that was reached
                subject text free text of the calendar
                contact_role text role of the person met
                contact_id id person met
                is_new_customer flag the client's own mark for a prospect
                channel code:physical|video|phone how they met
                opportunity_id id the opportunity it was about
                logged_at datetime when it was entered in the CRM
                created_by text who entered it
                lat latitude where it was logged, degrees north
                lon longitude where it was logged, degrees east
                odometer_km number reading of the car
                note_length count characters in the note
                """,
            ),
            _table(
                "activities",
                "one activity other than a visit",
                "activity_id",
                """
                activity_id id the activity
                seller_id id who did it
                date date day
                type code call_out, call_in, email_out, demo, seminar, networking, admin, prospecting, ...
                """,
                """
                customer_id id with which customer
                opportunity_id id about which opportunity
                duration_min minutes length
                purpose text what it was for
                outcome text what came of it
                """,
            ),
            _table(
                "quotes",
                "one quote",
                "quote_id",
                """
                quote_id id the quote
                created_date date when it was written
                """,
                """
                seller_id id who wrote it
                customer_id id for whom
                opportunity_id id for which opportunity
                amount amount value, excluding VAT
                status text the client's own word for its state
                closed_date date when it was decided
                valid_until date last day it holds
                """,
            ),
            _table(
                "orders",
                "one order",
                "order_id",
                """
                order_id id the order
                order_date date when it was placed
                amount amount value, excluding VAT
                """,
                """
                customer_id id who ordered
                seller_id id who is credited
                margin amount gross margin
                opportunity_id id from which opportunity
                channel code:visit|phone|web|newsletter|other how it came in
                product text what was ordered
                """,
            ),
            _table(
                "opportunities",
                "one opportunity",
                "opp_id",
                f"""
                opp_id id the opportunity
                seller_id id who owns it
                status code:{"|".join(STATUSES)} open, won or lost
                """,
                """
                customer_id id for which customer
                created_date date when it was entered
                stage text the client's own stage
                amount amount expected or final value
                close_date_planned date when it is expected to close
                closed_date date when it was won or lost
                product text what is sold
                probability share stated probability of winning
                source text inbound, outbound, referral or existing
                forecast_category text commit, best case ...
                next_step_text text what happens next
                next_step_date date when it happens
                last_activity_date date last activity or edit
                loss_reason text why it was lost
                """,
            ),
            _table(
                "opp_snapshots",
                "one opportunity on one day",
                "opp_id snapshot_date",
                f"""
                opp_id id the opportunity
                snapshot_date date the day it was looked at
                status code:{"|".join(STATUSES)} open, won or lost that day
                """,
                """
                stage text stage that day
                amount amount value that day
                close_date_planned date planned close that day
                probability share stated probability that day
                forecast_category text forecast category that day
                seller_id id owner that day
                """,
            ),
            _table(
                "stage_history",
                "one stay of one opportunity in one stage",
                "opp_id stage entered_at",
                """
                opp_id id the opportunity
                stage text the stage entered
                entered_at datetime when it was entered
                """,
                """
                left_at datetime when it was left
                changed_by text who moved it
                """,
            ),
            _table(
                "absence",
                "one period away of one seller",
                "seller_id date_from",
                """
                seller_id id who was away
                date_from date first day
                date_to date last day
                """,
                """
                fraction share part of the day away, 1 is all of it
                reason text leave, sickness, course ...
                """,
            ),
            _table(
                "targets",
                "one target",
                "scope scope_id activity_type period",
                """
                scope code:all|team|seller for whom it holds
                activity_type code visits, new_visits, calls, demos ... or a purpose code
                target number the number wanted per period
                """,
                """
                scope_id text seller_id or team, empty for all
                period code:day|week|month|quarter|year the period it holds for; a normal week where missing
                source text manager or head office
                purpose text purpose code
                category text customer category
                """,
            ),
            _table(
                "beliefs",
                "one answer of one respondent",
                "respondent_id item refers_to_seller_id",
                """
                respondent_id id who answered
                item code what was asked, e.g. visits_per_week
                mode number best guess
                """,
                """
                respondent_role text role
                low number low guess (one in ten would be lower)
                high number high guess (one in ten would be higher)
                date date when it was asked, before results were shown
                refers_to_seller_id id the seller it is about, empty for an average seller
                """,
            ),
            _table(
                "verification",
                "one answer about one visit",
                "visit_id outcome meeting_happened purpose_achieved",
                """
                visit_id id the visit
                """,
                """
                outcome code:reached|not_reached|refused whether the customer could be asked
                meeting_happened code:yes|no|unknown did it take place
                purpose_achieved code:yes|part|no|unknown was the purpose reached
                attempts count how often
                asked_at date when the customer answered
                method text call, e-mail, document
                verifier text who asked
                comment text remark
                draw count in which draw of the sample the visit was drawn
                row_key text fingerprint of the row as it was drawn
                stratum text sampling stratum
                selected_at date when it was drawn
                """,
            ),
            _table(
                "verification_draws",
                "one visit drawn for verification",
                "draw visit_id",
                """
                draw count number of the draw, 1 is the first
                visit_id id the visit
                population count visits in its stratum when it was drawn
                frame_hash id fingerprint of all visits it was drawn from
                """,
                """
                seller_id id who logged it
                customer_id id whose visit it was
                date date day of the visit
                risk code:usual|suspicious|certain risk class of its logging
                signs text why it is in that class
                selected_at date when it was drawn
                seed id seed of the random numbers
                frame_from date first day of the visits it was drawn from
                frame_to date last day of them
                channels text channels that they were made through
                roles_left_out text roles of sellers whose visits were left out
                row_key text fingerprint of the row as it was drawn
                list_hash id fingerprint of all rows of the draw
                """,
            ),
            _table(
                "scorecard",
                "one item scored for one customer or opportunity",
                "entity_type entity_id area item scorer_role",
                """
                entity_type code:customer|opportunity what is scored
                entity_id id which one
                area code:A1|A2|A3|A4|A5 stakeholders, challenges, process, partner position, decision
                score score 0 to 4
                """,
                """
                item text item of the area
                scorer_role text self, manager or auditor
                scored_at date when
                evidence_ref text where the evidence is
                """,
            ),
            _table(
                "survey",
                "one answer",
                "respondent_id item",
                """
                respondent_id id who answered
                item text what was asked
                answer text what was answered
                """,
                """
                role text seller, manager
                invited flag whether the person was invited
                """,
            ),
            _table(
                "time_use",
                "minutes of one seller in one category on one day",
                "seller_id date category",
                """
                seller_id id whose time
                date date which day
                category code contact, travel, admin, preparation, internal, other
                minutes minutes how long
                """,
                """
                source text diary, calendar, CRM or estimate
                """,
            ),
            _table(
                "support_functions",
                "one support function",
                "function",
                """
                function text price list, quote template ...
                exists code:yes|part|no does it exist
                """,
                """
                minutes_saved_per_visit minutes time it saves
                quality score 0 to 4
                """,
            ),
            _table(
                "actions",
                "one agreed action",
                "action_id",
                """
                action_id id the action
                finding_code text the finding it answers
                """,
                """
                entity text whom it concerns
                owner text who does it
                due date by when
                status text open, done ...
                type code:competence|coaching|management|resource|deal kind of action
                effect_note text what came of it
                """,
            ),
            _table(
                "benchmarks",
                "one benchmark band",
                "industry complexity process",
                """
                industry text industry
                low number lower end, visits per normal week
                high number upper end, visits per normal week
                """,
                """
                complexity share 0 is a simple offer, 1 a complex one
                process text sales process
                source text where it comes from
                """,
            ),
        )
    }
)

PROVENANCE = ("source_file", "source_line")
"""Two more columns of every canonical table: where the row stands in what the client sent."""


def split(name: str) -> tuple[str, str]:
    """Return table and column of a dotted name; raises KeyError for a name that does not exist."""
    table, _, column = name.partition(".")
    if column and column not in TABLES[table].names:
        raise KeyError(name)
    TABLES[table]  # an unknown table is a KeyError too
    return table, column


@cache
def pandera_schema(name: str) -> pa.DataFrameSchema:
    """Return the pandera schema of a table: types, ranges and codes of the columns that are present."""
    columns = {}
    for column in TABLES[name].columns:
        checks = []
        low, high = RANGES.get(column.kind, (None, None))
        if low is not None:
            checks.append(pa.Check.ge(low))
        if high is not None:
            checks.append(pa.Check.le(high))
        if column.allowed:
            checks.append(pa.Check.isin(column.allowed))
        columns[column.name] = pa.Column(
            None if DTYPES[column.kind] == "str" else DTYPES[column.kind],
            checks,
            nullable=True,
            required=column.required,
        )
    return pa.DataFrameSchema(columns, strict=False)
