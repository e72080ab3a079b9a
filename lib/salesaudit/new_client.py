"""The folder of a new client, with a client.toml that explains itself."""

import json
import re
from pathlib import Path
from secrets import token_hex

from salesaudit.client import SETTINGS
from salesaudit.errors import UserError
from salesaudit.schema import RANGES, TABLES, Column

FOLDERS = {
    "exports": "what the client sends goes here; it is never edited",
    "inputs": "filled forms: beliefs, verification, scorecards, surveys; README.md lists their columns",
    "commentary": "your own text for a notebook's report: <notebook>.md",
}

FORMS = (
    "beliefs",
    "targets",
    "absence",
    "verification",
    "scorecard",
    "survey",
    "time_use",
    "support_functions",
    "actions",
    "benchmarks",
)
"""Tables that somebody fills in by hand."""

GUIDE = """\
# Forms

A CSV or XLSX file in this folder is read when its name is that of a form: `beliefs.csv`, `scorecard.xlsx`.
More may follow the name: `beliefs_2025.csv`. The first row holds the column names below, in any order; further columns
are not used. Columns without a yes under "required" may be missing, and their cells may be empty. Write dates as
2025-12-31, shares as 0.25 or 25 %, flags as yes or no. This file is not read. What was understood is shown by
`salesaudit check {slug}`.

`salesaudit forms {slug}` writes blank workbooks for beliefs, targets and time use, in the client's language; the filled
copies go here. `salesaudit sample {slug}` draws the visits to ask the customers about; the list is put here.
"""

TEMPLATE = """\
# {slug}: what is special about this client. Everything but the first three lines may stay as it is.
# A misspelt key is refused with the nearest right one. See what was understood with: salesaudit check {slug}

name = {name}           # as it stands on the cover of the report
country = "SE"          # ISO 3166: decides about public holidays
currency = "SEK"        # ISO 4217: of every amount in the exports
language = "en"         # of the report: en, sv, da, nb

# as_of = 2025-12-31    # the day the audit looks from; the newest date in the data where it is left out
# industry = "building products"
# offer_complexity = 0.5          # 0 a catalogue article, 1 an engineered project
# exports = "exports"             # another folder; $VARIABLES are expanded
# ignore = ["*.pdf", "old/*"]     # files in it that are not data

# [period]              # the days the audit speaks about, both included; the last full year where it is left out
# start = 2025-01-01
# end = 2025-12-31

# Files are recognised by their headers. Help only where `salesaudit check` shows a mistake.
# [[sources]]
# file = "meetings*.csv"          # name or pattern inside exports/
# table = "visits"
# delimiter = ";"
# decimal = ","
# date_order = "dmy"
# columns = {{ seller_id = "Owner", customer_id = "Account No", date = "Start" }}   # our column = header in the file
# constants = {{ channel = "physical" }}                                            # for every row

# The client's words for our codes.
# [purposes]
# "Behovsanalys" = "NEED"                  # REL PRE NEED QUO NEG REP OTH
# [stages]
# "Vunnen" = "won"                       # open, won, lost
# [categories]
# "Nyckelkund" = "1"                      # 1, 2R, 2P, 3

# [thresholds]          # above which a customer counts as large; quantiles where they are left out
# revenue_amount = 500000
# potential_amount = 2000000

# [money]               # without it the report speaks of revenue and hours, not of profit
# gross_margin = 0.35
# hour_cost = 650
# hours_per_visit = 3.5

# [calendar]
# extra_holidays = [2025-05-02]
# closed = [{{ start = 2025-07-14, end = 2025-08-03 }}]   # weeks in which nobody works
# leave_days = 25       # a year, assumed where absence is not exported
# day_before_holiday = 0.6   # of a working day; in Sweden many go home early before a red day
# bridge_day = 0        # a single working day between days off

[privacy]               # sellers appear as "Seller 01"; "team" shows no single seller; "named" needs a reason
key = {key}  # decides who is "Seller 01": a secret of yours, never handed over
# edition = "named"
# reason = "agreed with the works council on 12 March"

# [branding]
# consultant = "Example Consulting"
# confidentiality = "Confidential"
# recipient = "Group management"  # a line on the cover
# logo = "logo.svg"     # PNG, JPEG or SVG in this folder, at most 200 kB; it stands on white
# accent = "#12385c"    # of cover and marks; dark enough for white text

# [parameters.visit_frequency]    # of one notebook; `salesaudit list` names them all
# confidence_level = 0.9
"""


def make(name: str, root: Path) -> Path:
    """Make data/<name> with an annotated client.toml and empty folders; return the folder.

    Raises
    ------
    UserError
        The name is no folder name, or the folder exists already.
    """
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise UserError(
            "this is not a name for a client's folder", value=name, allowed="letters, digits, hyphen, underscore, dot"
        )
    folder = root / "data" / name
    if folder.exists():
        raise UserError(
            "the folder exists already, and nothing in it is overwritten",
            value=str(folder),
            fix="choose another name, or go on with: salesaudit check " + name,
        )
    for part in FOLDERS:
        (folder / part).mkdir(parents=True)
    text = TEMPLATE.format(slug=name, name=json.dumps(name, ensure_ascii=False), key=json.dumps(token_hex(16)))
    (folder / SETTINGS).write_text(text, encoding="utf-8")
    (folder / "inputs" / "README.md").write_text(guide(name), encoding="utf-8")
    return folder


def guide(name: str) -> str:
    """Return the description of the forms of a client: their columns, in Markdown."""
    return "\n".join([GUIDE.format(slug=name), *(_form(form) for form in FORMS)])


def _form(form: str) -> str:
    """Return one form: what a row is, and its columns as a table."""
    table = TABLES[form]
    rows = [
        f"| {c.name} | {c.kind} | {'yes' if c.required else ''} | {c.meaning} | {_allowed(c)} |" for c in table.columns
    ]
    head = ["| column | kind | required | meaning | allowed |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([f"## {form}", "", f"One row is {table.grain}.", "", *head, *rows, ""])


def _allowed(column: Column) -> str:
    """Return the codes or the range of a column."""
    if column.allowed:
        return ", ".join(column.allowed)
    low, high = RANGES.get(column.kind, (None, None))
    if low is None:
        return ""
    return f"{low} to {high}" if high is not None else f"{low} or more"
