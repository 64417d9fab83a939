"""The company that the caller belongs to."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_tenant as about
from crm.api.openapi import Operation
from crm.api.views import ApiView, object_of, refused_values
from crm.team.company import FIELDS, company_change, company_read


class Company(ApiView):
    """Its name, industry, language, country, currency and time zone."""

    def get(self, request: Request) -> Response:
        """As it is."""
        return Response(company_read())

    def patch(self, request: Request) -> Response:
        """Change what is named."""
        body = object_of(request)
        refused_values(body, FIELDS)
        return Response(company_change(body, actor=self.actor))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.company(method)
