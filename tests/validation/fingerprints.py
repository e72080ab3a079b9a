"""Print fingerprints of example clients and of what a report on visit frequency makes of them.

Run in a process of its own: ``python tests/validation/fingerprints.py null_small 3`` prints three of them as JSON.
"""

import hashlib
import json
import sys

from salesaudit import example
from salesaudit.analyses import visit_frequency


def fingerprints(scenario: str, runs: int) -> dict[str, list[str]]:
    """Return the fingerprints of the input, of the tables and of the findings of so many clients."""
    found: dict[str, list[str]] = {"input": [], "tables": [], "findings": []}
    for seed in range(runs):
        data = example.sales_data(seed, scenario)
        result = visit_frequency.analyse(data)
        shown = {
            name: getattr(visit_frequency, name)(result)
            for name in visit_frequency.__all__
            if name.startswith("table_") or name in ("key_figures", "method")
        }
        found["input"].append(_hash(name + frame.to_csv() for name, frame in data.tables.items()))
        found["tables"].append(_hash(name + _text(made) for name, made in shown.items() if made is not None))
        found["findings"].append(_hash([_text(visit_frequency.findings(result))]))
    return found


def _text(shown: object) -> str:
    return json.dumps(shown._repr_mimebundle_())  # in the order in which it was made: that must not change either


def _hash(parts: object) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()


if __name__ == "__main__":
    print(json.dumps(fingerprints(sys.argv[1], int(sys.argv[2]))))
