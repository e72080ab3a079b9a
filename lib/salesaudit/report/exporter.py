"""`jupyter nbconvert --to salesaudit`: an executed notebook as one offline HTML file."""

from functools import cache
from typing import Any

import jinja2
from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode
from traitlets import default

from salesaudit.report.document import read
from salesaudit.report.page import REPORT, TEMPLATES, environment, report_variables


class SalesAuditExporter(TemplateExporter):
    """One HTML file for management: no code, no scripts, no requests; the same bytes for the same notebook.

    Nothing but the notebook is read, so that neither its file name nor the folder nor the user's own nbconvert
    settings and templates can change the page.
    """

    export_from_notebook = "Sales audit report"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "template"

    @default("template_file")
    def _template_file_default(self) -> str:
        return REPORT

    @default("template_paths")
    def _template_paths(self, prune: bool = True, root_dirs: Any = None) -> list[str]:
        return [str(TEMPLATES)]

    @default("default_preprocessors")
    def _default_preprocessors_default(self) -> list[str]:
        return []

    def _create_environment(self) -> jinja2.Environment:
        return environment()

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and the resources of nbconvert.

        Its preprocessors and its HTML post-processing are left out: they take longer than the page, and nobody's
        settings may change what a client gets. The notebook is only read, so that no copy of it is needed.
        """
        return self.template.render(report_variables(read(nb))), self._init_resources(resources)


@cache
def _exporter() -> SalesAuditExporter:
    return SalesAuditExporter()


def render(nb: NotebookNode) -> str:
    """Return the page of an executed notebook, as `jupyter nbconvert --to salesaudit` would write it.

    Raises
    ------
    MalformedOutput
        The notebook does not carry what a report needs.
    """
    return _exporter().from_notebook_node(nb)[0]
