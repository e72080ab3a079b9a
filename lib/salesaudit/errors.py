"""What the user can fix, said so that she can fix it.

Everything that a consultant can cure is a `UserError`; the command line shows it without a traceback and
ends with exit code 2. Anything else that escapes is a fault of ours.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something in the input that the user can fix.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence without the final full stop.
    value : object, optional
        The offending value.
    allowed : str or iterable of str, optional
        What would have been right.
    where : str, optional
        File, sheet, line, column.
    fix : str, optional
        What to do.
    """

    def __init__(
        self,
        what: str,
        *,
        value: object = None,
        allowed: str | Iterable[str] | None = None,
        where: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.what = what
        self.value = value
        self.allowed = allowed if allowed is None or isinstance(allowed, str) else ", ".join(map(str, allowed))
        self.where = where
        self.fix = fix
        super().__init__(self._text())

    def _text(self) -> str:
        head = self.what if self.value is None else f"{self.what}: {self.value!r}"
        lines = [f"{self.where}: {head}" if self.where else head]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.fix:
            lines.append(f"  to fix:  {self.fix}")
        return "\n".join(lines)


class DataMissing(UserError):
    """The client's data lack a table or column that an analysis cannot do without.

    A notebook that raises it is reported as *skipped*, not as failed.
    """

    def __init__(self, missing: Iterable[str], *, fix: str | None = None) -> None:
        self.missing = tuple(missing)
        super().__init__(
            "these tables or columns are not in the client's data",
            value=", ".join(self.missing),
            fix=fix or "ask the client for them, or map them in client.toml ([[sources]])",
        )


def nearest(name: str, options: Iterable[str]) -> str | None:
    """Return the option that looks most like `name`, or None when nothing does."""
    found = get_close_matches(name, list(options), n=1, cutoff=0.5)
    return found[0] if found else None


def unknown_name(kind: str, name: str, options: Iterable[str], *, where: str | None = None) -> UserError:
    """Return the error for a name that is not among `options`, with the nearest right one."""
    options = sorted(options)
    guess = nearest(name, options)
    return UserError(
        f"unknown {kind}",
        value=name,
        allowed=options,
        where=where,
        fix=f"did you mean {guess!r}?" if guess else None,
    )
