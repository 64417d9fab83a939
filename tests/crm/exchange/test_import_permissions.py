"""Who may import what, and see whose imports; a denied call changes nothing."""

from __future__ import annotations

import io

import pytest

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.registry import registry
from crm.exchange.analysis import Choices
from crm.exchange.models import ImportJob
from crm.exchange.services import (
    import_analyse,
    import_confirm,
    import_find,
    import_start,
    import_undo,
    importable,
    imports_visible,
    templates_for,
)
from tenants.models import Tenant
from tests.crm.exchange.running import imported

DATA = b"Member number,Name,City\nX1,Ann,Oslo\n"
CUSTOMERS = registry["customers.customer"].model
ALL = frozenset({"*"})


def someone(*permissions: str, hidden: frozenset[str] = frozenset()) -> Actor:
    """A person with these permissions."""
    return Actor("user", uuid7(), frozenset(permissions), hidden_fields=hidden)


def test_an_import_needs_the_right_to_add(tenant: Tenant) -> None:
    jobs = ImportJob.objects.count()
    with pytest.raises(CrmError) as denied:
        import_start(io.BytesIO(DATA), label="customers.customer", actor=someone("*.view_*"), filename="a.csv")
    assert denied.value.status == 403
    assert ImportJob.objects.count() == jobs
    allowed = someone("customers.add_customer", "customers.change_customer")
    assert import_start(io.BytesIO(DATA), label="customers.customer", actor=allowed, filename="a.csv").size == len(DATA)


def test_changing_needs_the_right_to_change(tenant: Tenant) -> None:
    actor = someone("customers.add_customer")
    job = import_start(io.BytesIO(DATA), label="customers.customer", actor=actor, filename="a.csv")
    choices = import_analyse(job, actor=actor).proposal()
    with pytest.raises(CrmError) as denied:
        import_confirm(job, choices, actor=actor, background=False)
    assert denied.value.status == 403
    job.refresh_from_db()
    assert job.state == ImportJob.State.UPLOADED
    choices.mode = "create"
    assert import_confirm(job, choices, actor=actor, background=False).state == ImportJob.State.QUEUED


def test_a_template_needs_the_rights_for_what_it_makes(tenant: Tenant) -> None:
    actor = someone("sales.add_order", "sales.change_order")
    data = b"InvoiceNo,CustomerID,StockCode,Quantity,UnitPrice\n1,2,3,4,5\n"
    job = import_start(io.BytesIO(data), label="", actor=actor, filename="a.csv", template="online_retail")
    with pytest.raises(CrmError) as denied:
        import_confirm(job, import_analyse(job, actor=actor).proposal(), actor=actor, background=False)
    assert denied.value.status == 403


def test_a_hidden_field_is_neither_offered_nor_taken(tenant: Tenant) -> None:
    actor = someone("*", hidden=frozenset({"customers.customer.city"}))
    job = import_start(io.BytesIO(DATA), label="customers.customer", actor=actor, filename="a.csv")
    found = import_analyse(job, actor=actor)
    assert "city" not in {target.path for target in found.targets} | {column.target for column in found.columns}
    with pytest.raises(CrmError, match="no field city"):
        import_confirm(job, Choices(header_row=1, targets={1: "name", 2: "city"}), actor=actor, background=False)


def test_people_see_their_own_imports_and_managers_all(tenant: Tenant) -> None:
    one, two = someone("customers.*"), someone("customers.*")
    job = import_start(io.BytesIO(DATA), label="customers.customer", actor=one, filename="a.csv")
    assert import_find(job.pk, actor=one) == job
    assert import_find(job.pk, actor=someone("*")) == job
    assert job not in imports_visible(two)
    looking, masked = someone("*.view_*"), someone("*", "-customers.reveal_customer")
    for stranger in (two, looking, masked):
        with pytest.raises(CrmError) as denied:
            import_find(job.pk, actor=stranger)
        assert denied.value.status == 404


def test_undo_needs_the_right_to_delete(tenant: Tenant) -> None:
    job, _account = imported(DATA)
    with pytest.raises(CrmError) as denied:
        import_undo(job, actor=someone("customers.add_customer"), background=False)
    assert denied.value.status == 403
    assert CUSTOMERS._default_manager.filter(number="X1", deleted_at=None).exists()


def test_only_what_may_be_added_is_offered(tenant: Tenant) -> None:
    actor = someone("sales.add_product")
    assert [resource.label for resource in importable(actor)] == ["sales.product"]
    assert templates_for(actor) == []
    assert [template.name for template in templates_for(someone("*"))] == ["online_retail"]


def test_unknown_nouns_and_templates_are_named(tenant: Tenant) -> None:
    for label, template, code in (("customers.dog", "", "unknown_noun"), ("", "cats", "unknown_template")):
        with pytest.raises(CrmError) as refused:
            import_start(io.BytesIO(DATA), label=label, actor=someone("*"), filename="a.csv", template=template)
        assert refused.value.code == code
