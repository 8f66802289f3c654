"""A ready server of the small company, one a module: `from served import world`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from serving_world import AS_OF, World, company_engine, serving, wait_until_ready

from serving.app import create_app
from serving.batch import score_and_store
from serving.settings import Settings
from serving.store.scores import open_store

EARLIER = AS_OF - timedelta(days=28)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with two stored runs, four weeks apart."""
    engine = company_engine()
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'f.db'}") as store:
        for moment in (EARLIER, AS_OF):
            score_and_store(engine, store, moment)
        log = io.StringIO()
        with serving(create_app(Settings(engine.workspace), lambda: engine, store, log_stream=log), log) as server:
            ready = World(server, store, engine)
            wait_until_ready(ready)
            yield ready
