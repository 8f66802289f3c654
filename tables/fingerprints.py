"""Digests of a file up to several places, read once: whether it only grew, and whether it grew from the end of a row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_CHUNK, _BLOCK, _AT_ONCE = 1 << 20, 1 << 26, 4


@dataclass(frozen=True)
class Digests:
    """Of a file: its size, digests up to each place and of the whole, whether a place cuts a row, and `Reader.signs`."""

    size: int
    found: list[str]
    cut: bool
    signs: tuple[int, int]


class _Seen(NamedTuple):
    """Of the beginning of a block: its digest, how many quotes and carriage returns it holds, and its last byte."""

    digest: bytes
    quotes: int
    returns: int
    last: bytes


def digests(path: Path, ends: list[int]) -> Digests:
    """Read a file in blocks, several at once. A place cuts a row where it is inside a line, or inside quotes."""
    size, cut, found = path.stat().st_size, False, []
    places, quotes, seen = [*(end for end in ends if end <= size), size], 0, []
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        blocks = list(beside.map(lambda begin: _block(path, begin, places), range(0, size + 1, _BLOCK)))
    for end in places:
        seen = [*(block[_BLOCK] for block in blocks[: end // _BLOCK]), blocks[end // _BLOCK][end % _BLOCK]]
        last, quotes = next((part.last for part in reversed(seen) if part.last), b"\n"), sum(part.quotes for part in seen)
        cut = cut or (end < size and (last != b"\n" or quotes % 2 == 1))
        found.append(sha256(b"".join(part.digest for part in seen)).hexdigest()[:24])
    return Digests(size, found, cut, (quotes, sum(part.returns for part in seen)))


def _block(path: Path, begin: int, places: list[int]) -> dict[int, _Seen]:
    """A block as far as each place in it, and whole, by the number of bytes."""
    stops = sorted({place - begin for place in places if begin <= place < begin + _BLOCK} | {_BLOCK})
    digest, quotes, returns, last, at, space, found = sha256(), 0, 0, b"", 0, bytearray(_CHUNK), {}
    signs = np.frombuffer(space, np.uint8)
    with path.open("rb", buffering=0) as file:
        file.seek(begin)
        for stop in stops:
            while read := file.readinto(memoryview(space)[: stop - at]):
                digest.update(memoryview(space)[:read])
                quotes, returns = quotes + _count(signs[:read], b'"'), returns + _count(signs[:read], b"\r")
                at, last = at + read, bytes(space[read - 1 : read])
            found[stop] = _Seen(digest.digest(), quotes, returns, last)
    return found


def _count(signs: NDArray[np.uint8], sign: bytes) -> int:
    return int(np.count_nonzero(signs == sign[0]))
