"""The filled records of a text file, one by one or as a frame, by either of the two roads of `delimited`."""

import numpy as np
import pandas as pd

from salesaudit.ingest.delimited import Structure, loose_records, parse, record, structure


def rows_of(text: str, delimiter: str) -> "SpannedRows | LooseRows":
    """Return the filled records of a text: quickly where its quotes are regular, else through the csv module."""
    data = text.encode()
    shape = structure(data, delimiter)
    return SpannedRows(data, delimiter, shape) if shape.regular else LooseRows(loose_records(text, delimiter))


class SpannedRows:
    """The filled records of a file whose quotes are regular; read by pandas in one piece."""

    def __init__(self, data: bytes, delimiter: str, shape: Structure) -> None:
        filled = np.flatnonzero(shape.stop > shape.start)
        self._data, self._delimiter = data, delimiter
        self._start, self._stop = shape.start[filled], shape.stop[filled]
        self.line, self.width = shape.line[filled], shape.cells[filled]

    def __len__(self) -> int:
        return len(self.line)

    def cells(self, n: int) -> list[str]:
        return record(self._data[self._start[n] : self._stop[n]], self._delimiter)

    def frame(self, keep: np.ndarray, width: int) -> pd.DataFrame:
        if not len(keep):
            return pd.DataFrame(columns=range(width), dtype="str")
        # neighbouring records are cut out together, so that a clean file is one slice
        breaks = np.flatnonzero(self._start[keep[1:]] != self._stop[keep[:-1]] + 1)
        first = self._start[keep[np.concatenate([[0], breaks + 1])]]
        last = self._stop[keep[np.concatenate([breaks, [len(keep) - 1]])]]
        data = b"\n".join([self._data[a:b] for a, b in zip(first, last, strict=True)])
        frame = parse(data, self._delimiter, width)
        if len(frame) != len(keep):
            raise AssertionError(f"{len(keep)} records were found and {len(frame)} read")
        return frame


class LooseRows:
    """The filled records of a file whose quotes are irregular."""

    def __init__(self, records: list[tuple[int, list[str]]]) -> None:
        self._records = [(line, cells) for line, cells in records if cells]
        self.line = np.array([line for line, _ in self._records], dtype=int)
        self.width = np.array([len(cells) for _, cells in self._records], dtype=int)

    def __len__(self) -> int:
        return len(self._records)

    def cells(self, n: int) -> list[str]:
        return self._records[n][1]

    def frame(self, keep: np.ndarray, width: int) -> pd.DataFrame:
        rows = [self._records[n][1] for n in keep]
        return pd.DataFrame([cells + [""] * (width - len(cells)) for cells in rows], columns=range(width), dtype="str")
