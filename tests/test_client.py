"""client.toml: what is wrong is said, with the nearest right name."""

from pathlib import Path

import pytest

from salesaudit.client import client_folder, open_client
from salesaudit.errors import UserError

GOOD = 'name = "Acme AB"\ncountry = "SE"\ncurrency = "SEK"\n'


@pytest.fixture
def write(tmp_path: Path):
    """Write a client.toml under data/acme and return the project root."""

    def write(text: str) -> Path:
        folder = tmp_path / "data" / "acme"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "client.toml").write_text(text, encoding="utf-8")
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        return tmp_path

    return write


def test_defaults(write) -> None:
    """Three lines are enough; everything else has a real default."""
    client = open_client("acme", write(GOOD))
    assert client.slug == "acme"
    assert client.settings.privacy.edition == "pseudonymised"
    assert client.settings.calendar.leave_days == 25


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("curency = 1\n", "did you mean 'currency'?"),
        ("[privacy]\nediton = 'named'\n", "did you mean 'edition'?"),
        ("[[sources]]\nfile = 'a.csv'\ntable = 'visit'\n", "did you mean 'visits'?"),
        ("[[sources]]\nfile = 'a.csv'\ntable = 'visits'\ncolums = {}\n", "did you mean 'columns'?"),
        ("[[sources]]\nfile = 'a.csv'\ntable = 'visits'\ncolumns = {seler_id = 'x'}\n", "did you mean 'seller_id'?"),
        ("[purposes]\nOffert = 'QOU'\n", "'QOU' is not one of REL"),
        ("[privacy]\nedition = 'named'\n", "needs a reason"),
        ("[period]\nstart = 2025-02-01\nend = 2025-01-01\n", "is after end"),
        (
            "as_of = 2025-06-30\n[period]\nstart = 2025-01-01\nend = 2025-12-31\n",
            "- period.end 2025-12-31 is after as_of 2025-06-30",
        ),
        ("as_of = 'yesterday'\n", "- as_of: this is not a date; write it as 2025-12-31 (it is 'yesterday')"),
        (
            "[[sources]]\nfile = 'a.csv'\ntable = 'visits'\ndelimiter = '||'\n",
            "sources.0.delimiter: String should have",
        ),
        (
            "[[sources]]\nfile = 'a.csv'\ntable = 'visits'\nvalues = { channel = { IRL = 'fysical' } }\n",
            "values.channel: 'fysical' is not one of physical, video, phone",
        ),
        (
            "[[sources]]\nfile = 'a.csv'\ntable = 'visits'\nconstants = { channel = 'fax' }\n",
            "constants.channel: 'fax' is not one of physical, video, phone",
        ),
        ("[money]\ngross_margin = 35\n", "less than or equal to 1"),
        ("name = \n", "not valid TOML"),
    ],
)
def test_wrong_settings_are_explained(write, text: str, said: str) -> None:
    """Every wrong setting ends with a sentence that says how to cure it, and names the file."""
    root = write(GOOD + text if not text.startswith("name") else text)
    with pytest.raises(UserError) as error:
        open_client("acme", root)
    assert said in str(error.value)
    assert "client.toml" in str(error.value)


def test_missing_setting(write) -> None:
    """A missing setting is named."""
    with pytest.raises(UserError, match="currency: missing"):
        open_client("acme", write('name = "Acme"\ncountry = "SE"\n'))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("SE", "ZZ"), "country: no public holidays are known for this country"),
        (("SEK", "kr"), "currency: write the capital letters of the ISO code, such as SE for a country and SEK"),
    ],
)
def test_countries_and_currencies_are_iso_codes(write, given: tuple[str, str], said: str) -> None:
    """A country without a calendar would count every holiday as a working day without a word."""
    with pytest.raises(UserError, match=said):
        open_client("acme", write(GOOD.replace(f'"{given[0]}"', f'"{given[1]}"')))


def test_a_mark_of_the_byte_order_is_no_setting(write) -> None:
    """Windows Notepad saves UTF-8 with a mark in front; the file is read all the same."""
    root = write("\ufeff" + GOOD)
    assert open_client("acme", root).settings.country == "SE"


def test_unknown_client(write) -> None:
    """A misspelt client gets the nearest right name; a path works as well as a name."""
    root = write(GOOD)
    with pytest.raises(UserError, match="did you mean 'acme'"):
        open_client("acne", root)
    assert client_folder(str(root / "data" / "acme")) == root / "data" / "acme"
    assert client_folder("acme/", root) == root / "data" / "acme"


@pytest.mark.parametrize("name", ["/nowhere/acme", "data/", "."])
def test_a_path_that_holds_no_client(write, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives a path is told about that path, not to make a client of that name."""
    root = write(GOOD)
    monkeypatch.chdir(root)
    with pytest.raises(
        UserError, match=r"(no such folder|no client\.toml in this folder)(.|\n)*to fix:  give the folder"
    ):
        client_folder(name, root)
