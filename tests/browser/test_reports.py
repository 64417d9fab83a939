"""Reports by hand: what the builder shows is what is kept."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection

from analytics.models import SavedReport
from tenants.context import inside
from tenants.models import Tenant
from tests.browser.conftest import Visitor


def test_a_report_is_kept_as_it_stands_on_the_page(committed: Tenant, visitor_for: Callable[..., Visitor]) -> None:
    visitor = visitor_for()
    page = visitor.page
    visitor.log_in()
    visitor.go("/reports/new/?object=customers")
    for name, field in (("row", "owner"), ("column", "lifecycle")):
        with page.expect_response(f"**{name}={field}**"):
            page.select_option(f"select[name={name}]", field)
        visitor.settle()
    page.click("[data-save]")
    page.fill("#report-name", "Customers by owner")
    page.click("#dialog-body .btn-primary")
    page.wait_for_url("**/reports/*-*/")
    visitor.settle()
    with inside(committed):
        kept = SavedReport.objects.get(name="Customers by owner").definition
    connection.set_schema_to_public()
    assert (kept["rows"], kept["column"]) == ([{"field": "owner"}], {"field": "lifecycle"})
    assert not visitor.wrong
