"""The OpenAPI 3.1 document, made by drf-spectacular from what each endpoint says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, OpenApiResponse

from crm.api.about_permissions import PERMISSIONS
from crm.api.callers import narrowed
from crm.api.schemas import SHARED, Schema, ref
from crm.api.sharing import Document, shared
from crm.core.actors import SYSTEM, Actor

PROBLEM_MEDIA = "application/problem+json"
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Answer:
    """One status that an operation may answer with."""

    description: str
    schema: Schema | None = None


@dataclass(frozen=True)
class Operation:
    """What the document says of one method at one address."""

    id: str
    summary: str
    tag: str
    answers: Mapping[int, Answer]
    description: str = ""
    parameters: tuple[OpenApiParameter, ...] = ()
    body: Schema | None = None
    body_media: str = "application/json"
    bodies: Mapping[str, Schema] = field(default_factory=dict)  # the same in other media
    permissions: tuple[str, ...] = ()  # any of them will do; none: whoever calls
    components: Callable[[], Mapping[str, Schema]] = dict  # of all operations with this tag


class RegistrySchema(AutoSchema):
    """Asks the view's operation instead of looking for serializers."""

    view: Any

    @property
    def about(self) -> Operation:
        """The operation at hand."""
        found: Operation = self.view.about
        return found

    def get_extensions(self) -> dict[str, Any]:
        """Which scope a program needs."""
        needed = permissions_of(self.about)
        return {"x-permissions": list(needed)} if needed else {}

    def get_operation_id(self) -> str:
        """`customers_list`."""
        return self.about.id

    def get_summary(self) -> str:
        """One line."""
        return self.about.summary

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's, which takes nothing
        """What there is to know beyond the line."""
        return self.about.description

    def get_tags(self) -> list[str]:
        """The noun."""
        return [self.about.tag]

    def get_override_parameters(self) -> list[Any]:
        """Path, query and header."""
        return [*self.about.parameters, *(self.of_writes() if not self.view.only_reads else ())]

    def of_writes(self) -> list[OpenApiParameter]:
        """What every write takes."""
        trial = OpenApiParameter(
            "dry_run", {"type": "string", "enum": ["0", "1"]}, description=_("1: answer as if, store nothing.")
        )
        key = OpenApiParameter(
            "Idempotency-Key",
            {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            OpenApiParameter.HEADER,
            description=_("A word of your own: sent again within a day, the request is not done twice."),
        )
        return [*([trial] if self.method in WRITES else ()), *([key] if self.method == "POST" else ())]

    def get_request_serializer(self) -> Any:
        """The body."""
        about = self.about
        if about.body is None:
            return None
        bodies = {about.body_media: about.body, **about.bodies}
        return {media: OpenApiRequest(request=body) for media, body in bodies.items()}

    def _get_request_body(self, direction: Any = "request") -> Any:
        """A body only where the operation takes one; required unless it may be empty."""
        if self.about.body is None:
            return None
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # a library without types
        return {**body, "required": True} if self.about.body.get("type") != ["object", "null"] else body

    def get_response_serializers(self) -> Any:
        """The answers, and for everything else a problem."""
        answers: dict[Any, Any] = {
            str(status): OpenApiResponse(response=one.schema, description=one.description)
            for status, one in self.about.answers.items()
        }
        answers[("default", PROBLEM_MEDIA)] = OpenApiResponse(response=ref("Problem"), description=_("What went wrong"))
        return answers


def permissions_of(about: Operation) -> tuple[str, ...]:
    """Any of these will do; none: whoever calls may."""
    return about.permissions or tuple(filter(None, (PERMISSIONS.get(about.id),)))


class CallersGenerator(SchemaGenerator):
    """Passes over what its caller may not do; without one, whoever checks the installation reads everything."""

    def __init__(self, actor: Actor = SYSTEM) -> None:
        super().__init__(urlconf=settings.ROOT_URLCONF)  # type: ignore[no-untyped-call]  # no types
        self.actor = actor
        self.told: set[str] = set()

    def parse(self, input_request: Any, public: bool) -> dict[str, Any]:
        """The caller's operations; what several speak of is known once the addresses have been read."""
        found: dict[str, Any] = super().parse(input_request, public=False)  # type: ignore[no-untyped-call]  # no types
        self.components_take(SHARED)
        return found

    def has_view_permissions(self, path: str, method: str, view: Any) -> bool:
        """Whether an operation is in the caller's document: not where its view says nothing of it."""
        view.about = view.operation(method)  # made once: everything else that is asked about it is read from there
        if view.about is None:
            return False
        needed = permissions_of(view.about)
        if needed and not any(self.actor.may(one) for one in needed):
            return False
        if view.about.components is not dict and view.about.tag not in self.told:
            self.told.add(view.about.tag)
            self.components_take(view.about.components())
        return True

    def components_take(self, schemas: Mapping[str, Schema]) -> None:
        """Put schemas among the components: once for each tag, as a noun's take long to make."""
        for name, schema in schemas.items():
            one = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, object=name)  # type: ignore[no-untyped-call]  # no types
            self.registry.register_on_missing(one)


def document(root: str = "/", actor: Actor = SYSTEM) -> Document:
    """The document of the current tenant, as far as it concerns this caller; its paths start from `root`."""
    return shared(described(root, actor))


def described(root: str = "/", actor: Actor = SYSTEM) -> Document:
    """The same, with everything said in its place."""
    generator = CallersGenerator(actor)
    made: Document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # no types
    made["info"]["description"] = _(
        "Every noun has the same endpoints. Ids are UUIDs, times RFC 3339 UTC, money decimal text."
    )
    made["servers"] = [{"url": root.rstrip("/") or "/"}]
    return narrowed(made, actor)
