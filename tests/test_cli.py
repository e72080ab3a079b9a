"""The command line: messages, exit codes, and never a traceback."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from salesaudit import __version__, batch, cli, ingest
from salesaudit.client import Settings, open_client
from salesaudit.errors import UserError
from salesaudit.new_client import FORMS, TEMPLATE
from salesaudit.schema import TABLES
from tiny import tiny_client, tiny_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two notebooks and one client, as the current folder."""
    root = tiny_project(tmp_path, n01_fine="", n02_other="")
    monkeypatch.chdir(root)
    monkeypatch.delenv("SALESAUDIT_HOME", raising=False)
    return root


def call(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, words, prog_name="salesaudit")


def every_command() -> list[str]:
    return sorted(cli.cli.commands)


def test_the_commands_are_there() -> None:
    """The commands that the documentation names exist."""
    assert {"new", "check", "run", "list", "demo"} <= set(every_command())


@pytest.mark.parametrize("command", [None, *every_command()])
def test_every_command_helps_with_an_example(command: str | None) -> None:
    """--help explains a command and shows how to call it."""
    result = call(*filter(None, [command]), "--help")
    assert result.exit_code == 0
    assert f"salesaudit {command or 'run'}" in result.output.partition("Example:")[2]


def test_version() -> None:
    """--version says which release made a report."""
    assert call("--version").output.strip().endswith(__version__)


def test_new_makes_a_folder_that_can_be_opened(project: Path) -> None:
    """The folder of a new client is complete, valid, and its output says what comes next."""
    result = call("new", "nordic-ab")
    assert result.exit_code == 0
    assert "salesaudit check nordic-ab" in result.output
    folder = project / "data" / "nordic-ab"
    assert {p.name for p in folder.iterdir()} == {"client.toml", "exports", "inputs", "commentary"}
    assert open_client("nordic-ab", project).settings.name == "nordic-ab"


def test_new_describes_every_form(project: Path) -> None:
    """The guide in inputs/ names each form's columns with kind, meaning, codes and whether they are required."""
    assert call("new", "nordic-ab").exit_code == 0
    text = (project / "data" / "nordic-ab" / "inputs" / "README.md").read_text("utf-8")
    for form in FORMS:
        part = text.partition(f"\n## {form}\n")[2].partition("\n## ")[0]
        for column in TABLES[form].columns:
            (line,) = [line for line in part.splitlines() if line.startswith(f"| {column.name} |")]
            _, _, kind, required, meaning, allowed, _ = (cell.strip() for cell in line.split("|"))
            assert (kind, required == "yes", meaning) == (column.kind, column.required, column.meaning)
            assert not column.allowed or allowed == ", ".join(column.allowed)
    assert "CSV or XLSX" in text
    assert {"beliefs", "targets", "absence", "verification", "scorecard", "survey", "time_use", "actions"} <= set(FORMS)


def test_new_never_overwrites(project: Path) -> None:
    """A client that exists stays as it is."""
    before = (project / "data" / "acme" / "client.toml").read_bytes()
    result = call("new", "acme")
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert (project / "data" / "acme" / "client.toml").read_bytes() == before


@pytest.mark.parametrize("name", ["../evil", "a/b", ".hidden", "two words"])
def test_new_refuses_what_is_no_folder_name(project: Path, name: str) -> None:
    """A client's folder lies under data/ and nowhere else."""
    result = call("new", name)
    assert result.exit_code == 2
    assert "not a name" in result.stderr


def test_every_line_of_the_template_is_a_valid_setting() -> None:
    """Whoever takes the # away from an example in client.toml gets a setting that is accepted."""
    lines = TEMPLATE.format(slug="x", name='"X"', key='"0a"').splitlines()
    examples = [line.removeprefix("# ") for line in lines]
    code = [line for line in examples if line.startswith("[") or " = " in line.partition("#")[0]]
    settings = Settings.model_validate(tomllib.loads("\n".join(code)))
    untouched = {"sources", "purposes", "stages", "categories", "privacy", "money", "period", "thresholds"}
    assert untouched <= settings.model_fields_set


def test_list_names_question_parameters_and_needs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`list` says what a notebook answers, what it can be told and which tables it needs."""
    from salesaudit.i18n import message

    module = SimpleNamespace(QUESTION=message("Is all well?"), REQUIRES=("visits.date",), USES=("absence.seller_id",))
    monkeypatch.setitem(sys.modules, "salesaudit.analyses.fine", module)
    output = call("list").output
    assert "01_fine\n  Is all well?" in output
    assert "limit: float = 0.5  # of something" in output
    assert "needs: visits.date" in output
    assert "also uses: absence.seller_id" in output
    assert "02_other\n  Is 02_other in order?" in output


def test_list_outside_a_project_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the wrong folder, the answer is not an empty list."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SALESAUDIT_HOME", raising=False)
    result = call("list")
    assert result.exit_code == 2
    assert "change to the project folder" in result.stderr


@pytest.mark.parametrize(("must_fix", "code"), [((), 0), (("no visits",), 2)])
def test_check_prints_the_report(
    project: Path, monkeypatch: pytest.MonkeyPatch, must_fix: tuple[str, ...], code: int
) -> None:
    """`check` shows what was understood, and exit code 2 says that a run would stop."""
    report = SimpleNamespace(text=lambda: "59 rows", must_fix=must_fix)
    monkeypatch.setattr(ingest, "check", lambda client: report, raising=False)
    result = call("check", "acme")
    assert (result.exit_code, result.stdout) == (code, "59 rows\n")


def test_check_goes_on_after_a_wrong_client(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong name does not hide what there is to say about the others."""

    def check(client: str) -> SimpleNamespace:
        open_client(client)
        return SimpleNamespace(text=lambda: f"{client} is fine", must_fix=())

    monkeypatch.setattr(ingest, "check", check, raising=False)
    result = call("check", "acmee", "acme")
    assert result.exit_code == 2
    assert result.stderr.startswith("acmee: ")
    assert "did you mean 'acme'?" in result.stderr
    assert "acme is fine" in result.stdout


def test_run_passes_everything_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The options of the command arrive in the batch as what they mean."""
    tiny_client(project / "data" / "beta")
    seen = {}

    def run(names: list[str], **options: object) -> list[batch.Result]:
        seen.update(options, names=names)
        return [batch.Result(name, "01_fine", "done", seconds=1.0, report=Path("r.html")) for name in names]

    monkeypatch.setattr(cli, "run", run)
    result = call("run", "--all", "--only", "01,02", "--only", "x", "-p", "a=b=c", "--jobs", "3", "--reports", "out")
    assert result.exit_code == 0
    assert "report   r.html" in result.stdout
    assert seen["names"] == ["acme", "beta"]
    assert seen["only"] == ["01", "02", "x"]
    assert seen["parameters"] == {"a": "b=c"}
    assert seen["as_text"] is True
    assert (seen["jobs"], seen["reports"]) == (3, Path("out"))


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([("done", False), ("skipped", False)], 0),
        ([("done", False), ("failed", False)], 1),
        ([("failed", False), ("failed", True)], 2),
    ],
)
def test_exit_codes(project: Path, monkeypatch: pytest.MonkeyPatch, statuses: list, code: int) -> None:
    """0 all done (skipped counts), 1 something failed, 2 something that the user can fix; every status is listed."""
    results = [batch.Result("acme", f"0{n}_x", s, f"why {n}", fixable=f) for n, (s, f) in enumerate(statuses)]
    monkeypatch.setattr(cli, "run", lambda names, **options: results)
    result = call("run", "acme")
    assert result.exit_code == code
    for number, (status, _) in enumerate(statuses):
        assert f"{status:<8} 0{number}_x" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run",), "name a client, or say --all"),
        (("run", "acme", "-p", "limit"), "'limit' is not name=value"),
        (("run", "acme", "--jobs", "0"), "0 is not in the range"),
        (("run", "acme", "-p", "limt=1"), "did you mean 'limit'?"),
        (("run", "acme", "--only", "fone"), "did you mean 'fine'?"),
        (("run", "acmee"), "did you mean 'acme'?"),
        (("rum",), "No such command 'rum'"),
    ],
)
def test_what_the_user_can_fix_ends_with_2(project: Path, words: tuple[str, ...], message: str) -> None:
    """Every mistake on the command line is named without a traceback, and nothing is written."""
    result = call(*words)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert not (project / "reports").exists()


def test_an_internal_error_is_one_line_and_a_log(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours shows one line and exit code 1; the traceback lies in the file it names."""
    (project / "reports").mkdir()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no\nmercy")

    monkeypatch.setattr(cli, "run", fail)
    result = call("run", "acme")
    assert result.exit_code == 1
    log = project / "reports" / "internal-error.log"
    assert result.stderr == f"internal error (ZeroDivisionError: no mercy); details in {log}\n"
    assert result.stdout == ""
    assert "Traceback" in log.read_text()


def test_an_internal_error_without_a_folder_to_write_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when the current folder is gone, the answer is one line."""

    def gone() -> Path:
        raise FileNotFoundError("the folder is gone")

    monkeypatch.setattr(cli, "project_root", gone)
    result = call("list")
    assert result.exit_code == 1
    assert result.stderr.startswith("internal error (FileNotFoundError: the folder is gone); details in ")


def test_demo_writes_the_client_and_runs_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`demo` ends with the path of a report of the invented client."""
    calls = []
    example = SimpleNamespace(write_client=lambda folder, **options: calls.append((folder, options)))
    monkeypatch.setitem(sys.modules, "salesaudit.example", example)
    monkeypatch.setattr("salesaudit.example", example, raising=False)
    done = batch.Result("nordverk", "01_fine", "done", report=Path("reports/nordverk/index.html"))
    monkeypatch.setattr(cli, "run", lambda names, **options: [done] if names == [str(calls[0][0])] else [])
    result = call("demo", "--seed", "7", "--scenario", "dirty", "--language", "sv")
    assert result.exit_code == 0
    assert calls == [(project / "data" / "nordverk", {"seed": 7, "scenario": "dirty", "language": "sv"})]
    assert result.stdout.strip().endswith("reports/nordverk/index.html")


def test_python_m_salesaudit_keeps_stdout_for_results(project: Path) -> None:
    """The module runs as a program; a problem goes to stderr alone, with the exit code of `salesaudit`."""
    command = [sys.executable, "-m", "salesaudit", "run", "acme", "-p", "limt=1"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("command line: unknown parameter: 'limt'")


def test_messages_of_many_lines_stay_in_their_column() -> None:
    """The table at the end is readable when a message has several lines."""
    text = str(UserError("wrong", value=1, fix="do this"))
    lines = cli.summary([batch.Result("acme", "01_x", "failed", text, log=Path("x.log"))]).splitlines()
    assert lines[0] == "acme"
    assert [line.lstrip() for line in lines[1:4]] == ["failed   01_x  wrong: 1", "to fix:  do this", "details: x.log"]
    assert lines[3].index("details") == lines[1].index("wrong")


def test_sellers_says_who_is_who_to_the_consultant_alone(project: Path) -> None:
    """A coaching sheet can be handed to the right person, and the secret key decides about the order."""
    from salesaudit.example import write_client

    folder = project / "data" / "keyed"
    write_client(folder, scenario="small")
    first = call("sellers", str(folder)).output.splitlines()
    assert len(first) == 4
    assert all(re.fullmatch(r"Seller 0\d  S\d\d  \S.*", line) for line in first)
    settings = folder / "client.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + '\n[privacy]\nkey = "secret 2"\n', encoding="utf-8")
    assert sorted(line.split()[2] for line in first) == sorted(
        line.split()[2] for line in call("sellers", str(folder)).output.splitlines()
    )
    assert call("sellers", str(folder)).output.splitlines() != first
