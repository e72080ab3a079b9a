"""Where the real data are: $SALESAUDIT_REAL_DATA, or beside the repository; tests skip where they are not."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DEFAULT = HERE.parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_client() -> Iterator[Callable[[str], str]]:
    """Return the path of a client of this folder by name; its settings find the real data meanwhile."""
    folder = Path(os.environ.get("SALESAUDIT_REAL_DATA", DEFAULT))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESAUDIT_REAL_DATA", str(folder))

        def path(name: str) -> str:
            if not (folder / name).is_dir():
                pytest.skip(f"no real data: set SALESAUDIT_REAL_DATA to the folder that holds {name}")
            return str(HERE / name)

        yield path
