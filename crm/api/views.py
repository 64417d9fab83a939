"""The base of every endpoint: who calls, which parameters are known, what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial, wraps
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.authentication import KeyOrSession
from crm.api.conditions import is_dry, rolled_back
from crm.api.errors import exception_handler
from crm.api.limits import counted, headers_of
from crm.api.negotiation import JsonOnly
from crm.api.once import key_of, once
from crm.api.openapi import Operation, RegistrySchema
from crm.api.parsers import JsonParser
from crm.api.rendering import JsonRenderer
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.registry import Resource
from tenants.context import current

WRITES = ("post", "put", "patch", "delete")
WRITE = frozenset({"dry_run"})
Handler = Callable[..., Any]


def as_asked(handler: Handler) -> Handler:
    """A writing method as its caller wants it: on trial (`?dry_run=1`; a secret is not shown so), or once for a key."""

    @wraps(handler)
    def write(view: ApiView, request: Request, **place: Any) -> Any:
        if is_dry(request):
            with rolled_back():
                answer = handler(view, request, **place)
            return Response(status=204) if view.tells_secret else answer
        if request.method == "POST" and (key := key_of(request)):
            act = partial(handler, view, request, **place)
            return once(request, key, view.actor, act, is_secret=view.tells_secret)
        return handler(view, request, **place)

    return write


class ApiView(APIView):
    """An endpoint; `parameters` names what its query may hold (None: whatever the filter language knows).

    Every method that writes can be tried (`dry_run`); a view whose POST only reads says so by `only_reads`.
    """

    authentication_classes = [KeyOrSession]
    permission_classes = ()
    throttle_classes = ()
    parser_classes: Sequence[type[BaseParser]] = [JsonParser]
    renderer_classes = [JsonRenderer]
    content_negotiation_class = JsonOnly
    schema = RegistrySchema()
    parameters: ClassVar[dict[str, frozenset[str]]] = {}
    not_here: ClassVar[frozenset[str]] = frozenset()
    only_reads: ClassVar[bool] = False
    tells_secret: ClassVar[bool] = False  # its answer is shown once and never kept for a repeated request

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """No view can forget what holds of every write."""
        super().__init_subclass__(**kwargs)
        for name in () if cls.only_reads else (name for name in WRITES if name in vars(cls)):
            setattr(cls, name, as_asked(vars(cls)[name]))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The id in the address, which its pattern has made sure of, becomes one. Days, and moments that name no time
        zone, are the company's, as on pages."""
        kwargs |= {name: UUID(kwargs[name]) for name in ("id", "field_id") if name in kwargs}
        with timezone.override(ZoneInfo(current().time_zone)):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Everything that is judged before the method runs."""
        if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
            raise CrmError("length_required", _("Send the body with a Content-Length."), status=411)
        super().initial(request, *args, **kwargs)
        if request.method in self.allowed_methods:
            self.check_parameters(request)

    def perform_authentication(self, request: Request) -> None:
        """Who calls; whoever it is, the request counts."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            counted(request, None)
            raise
        counted(request, request.auth if isinstance(request.auth, Actor) else None)

    def check_permissions(self, request: Request) -> None:
        """Strangers are asked who they are; what a caller may do is for the services to say."""
        if not isinstance(request.auth, Actor):
            raise NotAuthenticated(_("Send an API key (Authorization: Bearer kith_…) or log in."))

    def check_parameters(self, request: Request) -> None:
        """Refuse what this endpoint does not know, and what is said twice."""
        query = request.query_params
        if twice := [name for name in query if len(query.getlist(name)) > 1]:
            raise refused_parameters("bad_value", twice, _("The parameter is given twice."), ())
        if strange := [name for name in query if name in self.not_here]:
            raise refused_parameters("unknown_parameter", strange, _("This address has no such parameter."), ())
        known = self.known(request.method or "")
        if known is not None and (unknown := [name for name in query if name not in known]):
            raise refused_parameters(
                "unknown_parameter", unknown, _("This address has no such parameter."), sorted(known)
            )

    def known(self, method: str) -> frozenset[str] | None:
        """The parameters of a method; None where the filter language decides."""
        own = self.parameters.get("GET" if method == "HEAD" else method, frozenset())
        return own | WRITE if method.lower() in WRITES and not self.only_reads else own

    def get_exception_handler(self) -> Any:
        """The one translator."""
        return exception_handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing of a tenant's data is kept by anyone on the way."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        for name, value in headers_of(request.META, response.status_code).items():
            response.headers[name] = value
        return response

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Only the methods: the schema says the rest."""
        return Response(status=204)

    @property
    def actor(self) -> Actor:
        """Who is calling."""
        return self.request.auth  # type: ignore[return-value]  # check_permissions has made sure of it

    def operation(self, method: str) -> Operation | None:
        """What the OpenAPI document says of a method; None leaves it out."""
        return None


class ResourceView(ApiView):
    """An endpoint of one noun."""

    resource: Resource = None  # type: ignore[assignment]  # given by as_view()

    @property
    def url(self) -> str:
        """The full address that was asked for, without its query."""
        return self.request.build_absolute_uri(self.request.path)


class NotHere(ApiView):
    """Every address below the API that nothing answers."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Not even who asks matters."""
        self.perform_content_negotiation(request, force=True)
        raise CrmError("not_found", _("There is nothing at this address."), status=404)


def refused_parameters(code: str, names: Iterable[str], message: str, allowed: Iterable[str]) -> CrmError:
    """One refusal that names every parameter it is about."""
    errors = [{"parameter": name[:80], "code": code, "message": message, "allowed": list(allowed)} for name in names]
    shown = ", ".join(error["parameter"] for error in errors)  # type: ignore[misc]  # a text
    return CrmError(code, f"{message} ({shown})", errors=errors)


def object_of(request: Request) -> dict[str, Any]:
    """The body, which must be a JSON object."""
    body = request.data
    if not isinstance(body, dict):
        raise CrmError("bad_request", _("The body must be a JSON object."))
    return body


def nothing_in(request: Request) -> None:
    """The body must be empty, or an object that is."""
    if names := list(object_of(request)):
        message = _("This address takes no values.")
        errors = [{"pointer": f"/{name}", "code": "unknown_field", "message": message} for name in names]
        raise CrmError("invalid", message, status=422, errors=errors)


def refused_values(body: dict[str, Any], known: Iterable[str]) -> None:
    """Refuse every name in a body that its address does not know."""
    if names := sorted(set(body) - set(known)):
        message = _("This address takes no such value.")
        errors = [{"pointer": f"/{name}", "code": "unknown_field", "message": message} for name in names]
        raise CrmError("invalid", message, status=422, errors=errors)
