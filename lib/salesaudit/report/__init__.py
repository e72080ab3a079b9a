"""Executed notebooks as reports: one offline HTML page each, and one page above them all."""

from salesaudit.report.clients import audits, render_clients
from salesaudit.report.coaching import render_coaching, sellers
from salesaudit.report.document import Document, read
from salesaudit.report.exporter import SalesAuditExporter, render
from salesaudit.report.shapes import MalformedOutput
from salesaudit.report.summary import Page, findings_json, render_index

__all__ = [
    "Document",
    "MalformedOutput",
    "Page",
    "SalesAuditExporter",
    "audits",
    "findings_json",
    "read",
    "render",
    "render_clients",
    "render_coaching",
    "render_index",
    "sellers",
]
