"""The body of a request as JSON: of bounded size and depth, packed or not, and nothing in it that JSON does not have."""

from __future__ import annotations

import re
import zlib
from typing import Annotated, TypeVar

import numpy as np
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from serving.problems import Problem, of_errors

MAX_BYTES = 2_000_000
MAX_DEPTH = 32
MAX_VALUES = 50_000  # 1,000 items have some 6,000
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_GZIP = 16 + zlib.MAX_WBITS
_JSON = ("application/json", "application/cloudevents+json", "application/cloudevents-batch+json")
Body = TypeVar("Body", bound=BaseModel)


async def _sent(request: Request) -> bytes:
    """The bytes of the body, unpacked. Raises Problem 413 beyond the limit, 415 for what is neither JSON nor gzip of it."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _JSON:
        raise Problem(415, "unsupported-media-type", "Send JSON, with the header `Content-Type: application/json`.")
    raw = await request.body()
    match request.headers.get("content-encoding", "identity").strip().lower():
        case "identity":
            return raw
        case "gzip":
            return unpacked(raw)
        case _:
            raise Problem(415, "unsupported-media-type", "Send the body as it is, or with `Content-Encoding: gzip`.")


Sent = Annotated[bytes, Depends(_sent)]


def unpacked(raw: bytes) -> bytes:
    """A gzip body, never unpacked further than the limit."""
    unpacking = zlib.decompressobj(_GZIP)
    try:
        whole = unpacking.decompress(raw, MAX_BYTES + 1)
    except zlib.error:
        raise _not_json("the body is no gzip, though its header says so") from None
    if len(whole) > MAX_BYTES:
        raise Problem(413, "content-too-large", f"The body is larger than {MAX_BYTES:,} bytes when unpacked: send fewer items.")
    if not unpacking.eof:
        raise _not_json("the gzip body is cut off")
    return whole


def _not_json(detail: str) -> Problem:
    return of_errors([(("body",), detail)])


def read_body(shape: type[Body], raw: bytes) -> Body:
    """The body in its shape; raises Problem 422 that names what is wrong by JSON pointers."""
    found = read_json(raw)
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        raise of_errors([(("body", *one["loc"]), one["msg"]) for one in wrong]) from None


def read_json(raw: bytes) -> object:
    """The body as plain values; raises Problem 422 for what is nested too deep, holds too much, or is no JSON."""
    depth, values = _extent(raw)
    if depth > MAX_DEPTH or values > MAX_VALUES:
        raise _not_json(f"the body is nested deeper than {MAX_DEPTH} levels, or holds more than {MAX_VALUES:,} values")
    try:
        found: object = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise _not_json(f"the body is not JSON: {error}") from None
    return found


def _extent(raw: bytes) -> tuple[int, int]:
    """How deep brackets are nested and how many values there are at least, told before any of them is made."""
    signs = np.frombuffer(_STRINGS.sub(b"", raw), np.uint8)
    opening, closing = np.isin(signs, (ord("["), ord("{"))), np.isin(signs, (ord("]"), ord("}")))
    deepest = int(np.cumsum(opening.astype(np.int32) - closing).max(initial=0))
    return deepest, int(opening.sum() + (signs == ord(",")).sum())
