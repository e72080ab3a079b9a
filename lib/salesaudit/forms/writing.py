"""Putting finished files into a client's folder: all of them or none, and never over what is there."""

from collections.abc import Mapping
from pathlib import Path

from salesaudit.errors import UserError


def put(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files into a folder; return their paths.

    Raises
    ------
    UserError
        One of them exists already; nothing is then written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in files]
    if there := [path.name for path in paths if path.exists()]:
        raise UserError(
            "the file exists already, and nothing in it is overwritten",
            value=", ".join(there),
            where=str(folder),
            fix="move it to another folder, or give it another name",
        )
    written: list[Path] = []
    try:
        for path, content in zip(paths, files.values(), strict=True):
            with path.open("xb") as file:  # fails where the file has come into being meanwhile
                written.append(path)
                file.write(content)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return tuple(paths)
