"""The command line: `salesaudit new`, `check`, `sample`, `forms`, `run`, `deliver`, `list`, `demo`.

Exit codes: 0 all done (skipped counts as done), 1 something failed, 2 something failed that the user can fix.
Results go to stdout, progress and problems to stderr, tracebacks into files only.
"""

import importlib
import logging
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

import salesaudit
from salesaudit.batch import Result, exit_code, run
from salesaudit.client import client_names, open_client, project_root
from salesaudit.deliver import COACHING, PDF, XLSX, deliver
from salesaudit.errors import UserError
from salesaudit.format import Loc
from salesaudit.i18n import LANGUAGES
from salesaudit.ingest import load
from salesaudit.kernels import CELL_TIMEOUT, DONE, FAILED
from salesaudit.new_client import FOLDERS, make
from salesaudit.notebooks import Notebook, discover
from salesaudit.report.pdf import checked_password

DEMO = Path("data") / "nordverk"
PASSWORD = "SALESAUDIT_PASSWORD"
"""Environment variable that holds the password of the PDF where nobody can be asked."""


class Problem(click.ClickException):
    """A message on stderr and an exit code; nothing else."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.exit_code = code

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


class Commands(click.Group):
    """Turns whatever escapes from a command into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise Problem(str(error), 2) from None
        except KeyboardInterrupt:
            raise Problem("interrupted; finished reports are in place, no unfinished one was published", 130) from None
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            text = f"internal error ({type(error).__name__}: {error}); details in {_log(traceback.format_exc())}"
            raise Problem(text.replace("\n", " "), 1) from None


def _log(text: str) -> Path:
    """Write a traceback beside the reports, or to the temporary folder where that cannot be written."""
    for place in (lambda: project_root() / "reports", lambda: Path(tempfile.gettempdir())):
        try:
            path = place() / "internal-error.log"
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    return Path(os.devnull)


def main() -> None:
    """Entry point of the `salesaudit` command."""
    if not sys.warnoptions:  # python -W or PYTHONWARNINGS brings the libraries' warnings back
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
    cli(prog_name="salesaudit")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(salesaudit.__version__, prog_name="salesaudit")
def cli() -> None:
    """Sales audits from CRM exports: one folder per client in, one HTML report out.

    \b
    Example:
      salesaudit new acme
      salesaudit check acme
      salesaudit run acme
    """


@cli.command()
@click.argument("name")
def new(name: str) -> None:
    """Make the folder of a new client, with an annotated client.toml.

    \b
    Example:
      salesaudit new acme
    """
    folder = make(name, project_root())
    click.echo(f"made {folder}")
    for part, purpose in FOLDERS.items():
        click.echo(f"  {part + '/':<13}{purpose}")
    click.echo(f"next: edit {folder / 'client.toml'}, copy the exports to {folder / 'exports'}, then")
    click.echo(f"  salesaudit check {name}")


@cli.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.pass_context
def check(ctx: click.Context, names: Sequence[str]) -> None:
    """Show how a client's exports were understood, and what was rejected and why.

    NAME is a folder under data/, or a path. Exit code 2 when something must be fixed before a run.

    \b
    Example:
      salesaudit check acme
      salesaudit check ~/clients/acme
    """
    from salesaudit import ingest

    must_fix = False
    for name in names:
        try:
            report = ingest.check(name)
        except UserError as error:
            click.echo(f"{name}: {error}" if len(names) > 1 else error, err=True)
            must_fix = True
            continue
        click.echo(report.text() + ("\n" if name != names[-1] else ""))
        must_fix = must_fix or bool(report.must_fix)
    ctx.exit(2 if must_fix else 0)


def _pairs(ctx: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value!r} is not name=value")
    return {name.strip(): text for name, _, text in (value.partition("=") for value in values)}


def _names(ctx: click.Context, parameter: click.Parameter, values: Sequence[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that `run` and `demo` share."""
    options = (
        click.option("--only", multiple=True, callback=_names, help='Notebooks: "01", "visit_frequency"; repeatable.'),
        click.option("--jobs", type=click.IntRange(1), default=min(2, os.cpu_count() or 1), show_default=True),
        click.option("-p", "parameters", multiple=True, callback=_pairs, metavar="NAME=VALUE", help="Repeatable."),
        click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Instead of reports/."),
        click.option("--timeout", type=click.FloatRange(1), default=CELL_TIMEOUT, help="Seconds for one cell."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@cli.command("run")
@click.argument("names", metavar="NAME...", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Every client under data/.")
@run_options
@click.pass_context
def run_command(ctx: click.Context, names: Sequence[str], everyone: bool, **options: Any) -> None:
    """Execute the notebooks for clients and publish reports/<client>/<as_of>/index.html.

    One failure never stops the others. With --only, the other pages of the same report are kept.

    \b
    Example:
      salesaudit run acme
      salesaudit run acme beta --only 01,02 --jobs 2
      salesaudit run --all -p confidence_level=0.9
    """
    names = client_names() if everyone else names
    if not names:
        raise click.UsageError("there are no clients under data/" if everyone else "name a client, or say --all")
    ctx.exit(_run(names, **options))


def _run(names: Sequence[str], *, parameters: Mapping[str, str], **options: Any) -> int:
    with tqdm(unit="notebook", leave=False, disable=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def progress(result: Result, left: int) -> None:
            bar.total = bar.n + 1 + left
            bar.update()
            if bar.disable:
                click.echo(f"{result.status:<8} {result.client} {result.notebook} {result.seconds:.1f} s", err=True)

        results = run(names, parameters=parameters, as_text=True, progress=progress, **options)
    click.echo(summary(results))
    return exit_code(results)


def summary(results: Sequence[Result]) -> str:
    """Return what the end of a run prints: client by client, every notebook with its status and why."""
    lines = []
    for client in dict.fromkeys(result.client for result in results):
        lines.append(client)
        mine = [result for result in results if result.client == client]
        width = max(len(result.notebook) for result in mine)
        for result in mine:
            message = result.message if result.status != DONE else f"{result.seconds:.1f} s  {result.message}".rstrip()
            if result.log:
                message += f"\ndetails: {result.log}"
            head = f"  {result.status:<8} {result.notebook:<{width}}  "
            lines.append(head + message.replace("\n", "\n" + " " * len(head)))
        if index := next((result.report for result in mine if result.report), None):
            lines.append(f"  report   {index}")
        elif any(result.status == FAILED or result.notebook for result in mine):
            lines.append("  no report was published")
    return "\n".join(lines)


@cli.command("deliver")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--pdf", "formats", flag_value=PDF, multiple=True, help="One document: contents, summary, every report.")
@click.option("--xlsx", "formats", flag_value=XLSX, multiple=True, help="Findings, actions, evidence, all numbers.")
@click.option("--coaching", "formats", flag_value=COACHING, multiple=True, help="A page for each seller, as HTML.")
@click.option("--password", "protected", is_flag=True, help=f"Protect the PDF; asks, or takes ${PASSWORD}.")
@click.option("--as-of", metavar="YYYY-MM-DD", help="Day of the report; the newest where not given.")
@click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Instead of reports/.")
@click.pass_context
def deliver_command(
    ctx: click.Context,
    names: Sequence[str],
    formats: Sequence[str],
    protected: bool,
    as_of: str | None,
    reports: Path | None,
) -> None:
    """Write what is handed over to a client: reports/<client>/<as_of>/delivery/.

    Without --pdf, --xlsx or --coaching: the PDF and the workbook, and the workbook lies inside the PDF, too. The
    report must have been run, and for the workbook the exports and client.toml must be unchanged since. A delivery
    overwrites the one before, and a run removes it: fill in the action list in a copy.

    With --password the PDF (AES-256) opens with the password only, the workbook inside it included. The workbook is
    then not written beside it, unless --xlsx says so: it cannot be protected itself. The password is never part of the
    command, so that no history keeps it; send it by another way than the file.

    \b
    Example:
      salesaudit deliver acme
      salesaudit deliver acme --pdf --xlsx --coaching
      salesaudit deliver acme --password
      salesaudit deliver acme --pdf --as-of 2026-03-31
    """
    password = _password() if protected else None
    failed = False
    for name in names:
        try:
            done = deliver(name, formats=formats, as_of=as_of, password=password, reports=reports)
        except UserError as error:
            click.echo(f"{name}: {error}" if len(names) > 1 else error, err=True)
            failed = True
            continue
        click.echo(f"{done.client} {done.as_of}")
        for file in done.files:
            click.echo(f"  {file}  {_size(file)}")
        for warning in done.warnings:
            click.echo(f"  warning: {warning}", err=True)
    ctx.exit(2 if failed else 0)


def _password() -> str:
    """Return the password from the environment, or ask for it twice without showing it."""
    given = os.environ.get(PASSWORD)
    return checked_password(given or click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _size(file: Path) -> str:
    return f"{max(1, round(file.stat().st_size / 1000)):,} kB"


@cli.command("sample")
@click.argument("name")
@click.option(
    "--tolerable",
    type=click.FloatRange(0, 1, True, True),
    default=0.10,
    show_default=True,
    help="Share of false visits that can be borne.",
)
@click.option(
    "--expected",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.02,
    show_default=True,
    help="Share of false visits that is expected.",
)
@click.option("--per-seller", type=click.IntRange(0), default=15, show_default=True, help="Answers for each seller.")
@click.option(
    "--contact-rate",
    "expected_contact_rate",
    type=click.FloatRange(0.05, 1),
    default=0.60,
    show_default=True,
    help="Share of the customers expected to answer, until twenty were tried.",
)
@click.option("--two-stage", is_flag=True, help="A quick check of 49 and perhaps 49 more, without strata.")
@click.option("--more", type=click.IntRange(1), help="So many visits more, whatever the plan says.")
@click.option("--seed", type=click.IntRange(0), help="Instead of one that follows from the visits.")
def sample_command(name: str, **plan: Any) -> None:
    """Draw visits at random to ask the customers about: inputs/verification_<n>.xlsx.

    The list is for the caller: it holds no seller, and how to ask. Fill it in where it lies and run the report. A
    second call tops the sample up where fewer customers answered than expected, as a list of its own; the first list
    is never changed. verification_draws_<n>.csv is the record of the draw, with its seed and fingerprints: keep it.

    \b
    Example:
      salesaudit sample acme
      salesaudit sample acme --per-seller 0
      salesaudit sample acme --more 40
    """
    from salesaudit import forms

    listed = forms.sample(open_client(name), **plan)
    made = listed.draw
    risks = made.rows["risk"].value_counts()
    click.echo(f"list {made.number}: {len(made.rows)} of {len(made.frame.visits)} visits, seed {made.seed}")
    click.echo(f"  {made.answers} answers wanted, {made.contact_rate:.0%} of the customers expected to answer")
    click.echo("  risk classes: " + ", ".join(f"{n} {risk}" for risk, n in risks.items()))
    click.echo(f"  frame {made.frame.hash}")
    for file in listed.files:
        click.echo(f"  {file}")
    click.echo(f"fill in the list where it lies, keep the record beside it, and: salesaudit run {name}", err=True)


@cli.command("forms")
@click.argument("name")
def forms_command(name: str) -> None:
    """Write the blank forms for beliefs, targets and time use, in the client's language: forms/.

    Hand them out, and put every filled copy into inputs/.

    \b
    Example:
      salesaudit forms acme
    """
    from salesaudit import forms

    client = open_client(name)
    settings = client.settings
    for file in forms.write_forms(client, day=settings.as_of or (settings.period.end if settings.period else None)):
        click.echo(str(file))
    click.echo(f"hand out copies, and put every filled one into {client.inputs}", err=True)


@cli.command("sellers")
@click.argument("client")
def sellers_command(client: str) -> None:
    """Say who is who: the pseudonym of each seller with id, name and team. For the consultant alone.

    \b
    Example:
      salesaudit sellers acme
    """
    for row in load(client).who_is_who():
        click.echo("  ".join(row))


@cli.command("list")
@click.argument("client", required=False)
def list_command(client: str | None) -> None:
    """List the notebooks: question, parameters with defaults, and the tables they need.

    With CLIENT, those of the client's own folder too.

    \b
    Example:
      salesaudit list
    """
    root = project_root()
    notebooks = discover(root, open_client(client) if client else None)
    if not notebooks:
        raise UserError("there are no notebooks", where=str(root / "notebooks"), fix="change to the project folder")
    click.echo("\n\n".join(describe(notebook) for notebook in notebooks))


def describe(notebook: Notebook) -> str:
    """Return what `list` says about one notebook."""
    try:
        module = importlib.import_module(f"salesaudit.analyses.{notebook.name}")
    except ModuleNotFoundError as error:
        if error.name != f"salesaudit.analyses.{notebook.name}":
            raise
        module = None  # a client's own notebook may do without a module
    question = getattr(module, "QUESTION", None)
    lines = [notebook.stem, f"  {question.text(Loc()) if question else notebook.question}"]
    lines += [f"    {parameter}" for parameter in notebook.parameters.values()]
    ways = getattr(module, "WAYS", ())
    needs = [("needs", getattr(module, "REQUIRES", ())), *(("needs one of", way) for way in ways)]
    for title, columns in (*needs, ("also uses", getattr(module, "USES", ()))):
        if columns:
            lines.append(f"  {title}: {', '.join(columns)}")
    return "\n".join(lines)


@cli.command()
@click.option("--scenario", default="base", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Instead of data/nordverk.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="Of the report.")
@run_options
@click.pass_context
def demo(ctx: click.Context, scenario: str, seed: int, folder: Path | None, language: str, **options: Any) -> None:
    """Invent a client whose truth is known, run everything, and say where the report is.

    \b
    Example:
      salesaudit demo
      salesaudit demo --language sv
      salesaudit demo --scenario dirty --folder data/dirty
    """
    from salesaudit import example

    folder = folder or project_root() / DEMO
    example.write_client(folder, seed=seed, scenario=scenario, language=language)
    click.echo(f"the demonstration client is in {folder}", err=True)
    ctx.exit(_run([str(folder)], **options))
