"""Sales audits from CRM exports.

A notebook needs three names::

    from salesaudit import load, commentary
    data = load("acme")                       # a client's exports as canonical tables
    result = visit_frequency.analyse(data)    # numbers; `findings`, `plot_*`, `table_*`, `method` judge and show
"""

from salesaudit.dataset import SalesData, commentary
from salesaudit.errors import DataMissing, UserError
from salesaudit.ingest import load

__all__ = ["DataMissing", "SalesData", "UserError", "commentary", "load"]
__version__ = "0.1.0"
