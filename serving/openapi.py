"""The OpenAPI document: what FastAPI finds, the bodies that are read by ourselves, and an example of each shape."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from serving.api.events import EventIn
from serving.api.feedback import FeedbackIn
from serving.api.inputs import ScoresIn
from serving.problems import MISTAKE, PROBLEM

_BODIES = (ScoresIn, FeedbackIn, EventIn)
_REFERENCES = "#/components/schemas/{model}"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")  # our errors are problems


def described(app: FastAPI) -> dict[str, Any]:
    """The document of an application."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, bodies = models_json_schema([(body, "validation") for body in _BODIES], ref_template=_REFERENCES)
    found = {**document["components"]["schemas"], **bodies["$defs"], "Problem": PROBLEM, "Mistake": MISTAKE}
    examples = read_examples()
    document["components"]["schemas"] = {
        name: {**found[name], "examples": [examples[name]]} if name in examples else found[name]
        for name in sorted(found)
        if name not in _FASTAPIS_OWN
    }
    return document


def read_examples() -> dict[str, Any]:
    """By shape what the demo's server was asked and answered: written by docs/generate_examples.py."""
    found: dict[str, Any] = json.loads(files("serving.api").joinpath("examples.json").read_text(encoding="utf-8"))
    return found
