"""The OpenAPI document: what FastAPI finds, and the bodies that are read by ourselves, of bounded size."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from serving.api.inputs import ScoresIn
from serving.problems import MISTAKE, PROBLEM

_BODIES = (ScoresIn,)
_REFERENCES = "#/components/schemas/{model}"


def described(app: FastAPI) -> dict[str, Any]:
    """The document of an application."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, bodies = models_json_schema([(body, "validation") for body in _BODIES], ref_template=_REFERENCES)
    found = {**document.get("components", {}).get("schemas", {}), **bodies["$defs"], "Problem": PROBLEM, "Mistake": MISTAKE}
    ours = {name: schema for name, schema in found.items() if name not in ("HTTPValidationError", "ValidationError")}
    document["components"] = {**document.get("components", {}), "schemas": dict(sorted(ours.items()))}
    return document
