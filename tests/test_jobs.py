"""Parts of a step that run side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from training.jobs import Jobs
from workspace.progress import Progress


def test_each_part_is_told_and_results_keep_their_order() -> None:
    told: list[tuple[str, int, int]] = []
    jobs = Jobs(Progress(step=lambda *step: told.append(step)), about="churn")
    assert jobs.run("folds", lambda part: part * 2, range(3)) == [0, 2, 4]
    assert told == [("churn: folds", done, 3) for done in range(4)]


def test_a_pool_changes_no_result() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert Jobs(pool=pool).run("sums", lambda part: sum(range(part)), range(50)) == [sum(range(part)) for part in range(50)]
