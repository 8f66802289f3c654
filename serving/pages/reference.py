"""What `/docs` shows: the OpenAPI document as endpoints and shapes that a person reads. No script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from display.language import Wording

Schema = Mapping[str, Any]
_LIMITS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}


@dataclass(frozen=True)
class Member:
    """A parameter, or a member of a body: `place` is path or query, empty in a body."""

    name: str
    schema: Schema
    required: bool
    description: str = ""
    place: str = ""

    @property
    def default(self) -> str:
        """What stands for an absent one, as JSON; nothing where it is null or required."""
        value = self.schema.get("default")
        return "" if self.required or value is None else json.dumps(value)


@dataclass(frozen=True)
class Shape:
    """A body by name."""

    name: str
    description: str
    members: tuple[Member, ...]
    example: str


@dataclass(frozen=True)
class Answer:
    """A status an endpoint may answer with; `shape` names the body where it is one of the shapes."""

    status: str
    description: str
    content_type: str
    shape: str
    example: str


@dataclass(frozen=True)
class Endpoint:
    """One method of one path, the scopes a key needs for it, what to send and what comes back."""

    method: str
    path: str
    tag: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    parameters: tuple[Member, ...]
    body: Shape | None
    answers: tuple[Answer, ...]

    @property
    def anchor(self) -> str:
        """Where it is on the page."""
        return f"{self.method}{self.path}".replace("/", "-").replace("{", "").replace("}", "").lower()


@dataclass(frozen=True)
class Reference:
    """The whole API: endpoints by what they are about, in the order of the document, and the shapes of their answers."""

    description: str
    endpoints: dict[str, list[Endpoint]]
    shapes: tuple[Shape, ...]


def reference(document: Schema) -> Reference:
    """The reference of an OpenAPI document."""
    endpoints: dict[str, list[Endpoint]] = {}
    for endpoint in _endpoints(document):
        endpoints.setdefault(endpoint.tag, []).append(endpoint)
    asked = {endpoint.body.name for about in endpoints.values() for endpoint in about if endpoint.body}
    shapes = tuple(_shape(document, name) for name in document["components"]["schemas"] if name not in asked)
    return Reference(document["info"]["description"], endpoints, shapes)


def _endpoints(document: Schema) -> Iterator[Endpoint]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield Endpoint(
                method.upper(),
                path,
                operation["tags"][0],
                operation["summary"],
                operation.get("description", ""),
                tuple(scope for need in operation.get("security", ()) for scopes in need.values() for scope in scopes),
                tuple(_parameter(found) for found in operation.get("parameters", ())),
                _body(document, operation),
                tuple(_answer(document, status, found) for status, found in sorted(operation["responses"].items())),
            )


def _parameter(found: Schema) -> Member:
    return Member(found["name"], found["schema"], found.get("required", False), found.get("description", ""), found["in"])


def _body(document: Schema, operation: Schema) -> Shape | None:
    if "requestBody" not in operation:
        return None
    return _shape(document, _named(operation["requestBody"]["content"]["application/json"]["schema"]))


def _shape(document: Schema, name: str) -> Shape:
    schema = document["components"]["schemas"][name]
    required = schema.get("required", ())
    members = (
        Member(member, found, member in required, found.get("description", ""))
        for member, found in schema.get("properties", {}).items()
    )
    return Shape(name, schema.get("description", ""), tuple(members), _pretty(*schema.get("examples", ())))


def _answer(document: Schema, status: str, found: Schema) -> Answer:
    bodies: Schema = found.get("content") or {"": {}}
    content_type, content = next(iter(bodies.items()))
    name = _named(content.get("schema", {}))
    example = _pretty(content["example"]) if "example" in content else _shape(document, name).example if name else ""
    return Answer(status, found["description"], content_type, name, example)


def _named(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _pretty(*examples: Any) -> str:
    if not examples:
        return ""
    return examples[0] if isinstance(examples[0], str) else json.dumps(examples[0], indent=2, ensure_ascii=False)


def kind(schema: Schema, w: Wording) -> Markup:
    """A type in the reader's words, a named shape as a link to it."""
    if name := _named(schema):
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return escape(w.say("api.or")).join(kind(part, w) for part in schema["anyOf"])
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return escape(w.say("api.or")).join(Markup("<code>{}</code>").format(value) for value in values)
    if schema["type"] == "array":
        return _around(w, "api.list", kind(_item(schema), w)) + _limits(schema, w)
    if schema["type"] == "object":
        return _around(w, "api.map", kind(schema["additionalProperties"], w))
    return escape(w.say(f"api.type.{schema.get('format', schema['type'])}")) + _limits(schema, w)


def _around(w: Wording, phrase: str, of: Markup) -> Markup:
    """A phrase with marked-up text in its one place."""
    return escape(w.say(phrase, of="{of}")).format(of=of)


def _item(schema: Schema) -> Schema:
    item: Schema = schema["items"] if "items" in schema else schema["prefixItems"][0]
    return item


def _limits(schema: Schema, w: Wording) -> str:
    low, high = (schema.get(name) for name in _LIMITS.get(schema["type"], ("", "")))
    if low is None and high is None:
        return ""
    span = f"≤ {high}" if low is None else f"≥ {low}" if high is None else f"{low}–{high}" if low != high else f"{low}"
    return w.say(f"api.limit.{schema['type']}", span=span)


def inline(text: str) -> Markup:
    """A sentence of the document with `code` marked."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts))
