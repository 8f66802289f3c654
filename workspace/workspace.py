"""`foresale.toml`: where one company's tables are, which column is what, and the parameters of its three tasks."""

from __future__ import annotations

import importlib.util
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import get_currency_precision, list_currencies
from pydantic import AfterValidator, Field, PrivateAttr, StringConstraints, ValidationError, model_validator

from workspace.errors import ForesaleError
from workspace.mapping import AnySource, Section, Table
from workspace.schema import EVENT_TABLES, TABLES
from workspace.toml_errors import explain

_SQLITE = "sqlite:///"


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("an IANA time zone such as Asia/Shanghai")
    return name


def _currency(code: str) -> str:
    if code not in list_currencies():
        raise ValueError("an ISO 4217 currency such as CNY")
    return code


Folds = Annotated[int, Field(ge=3, le=50)]


class CalendarCutoffs(Section):
    """A cutoff every `every_days` days from `first`, counted back from `test`, the day the report's test window starts.

    With `folds` the early-stopping, calibration and gate rows are folds by account instead of periods in time: for data
    that span too few horizons.
    """

    kind: Literal["calendar"]
    first: date
    test: date
    every_days: int = Field(default=7, ge=1)
    periods_days: int = Field(default=14, ge=1, description="span of the early-stopping, calibration and gate periods")
    folds: Folds | None = None

    @model_validator(mode="after")
    def _a_cutoff_in_every_period(self) -> CalendarCutoffs:
        if self.folds is None and self.every_days > self.periods_days:
            raise ValueError(f"periods_days of at least every_days ({self.every_days}), or a period has no cutoff; or folds")
        return self


class AnchoredCutoffs(Section):
    """A cutoff per row, `days` after the opportunity's opening day began (0: the last second before that day).

    The test is later in time (`test_from` to `test_until`), or whole accounts (`test_share`; 0: every account, each told
    by the folds that left it out).
    """

    kind: Literal["anchored"]
    days: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    test_from: date | None = None
    test_until: date | None = None
    test_share: float | None = Field(default=None, ge=0, lt=1)
    folds: Folds = 5

    @model_validator(mode="after")
    def _one_test(self) -> AnchoredCutoffs:
        dates = (self.test_from, self.test_until)
        if dates.count(None) != (0 if self.test_share is None else 2):
            raise ValueError("either test_from and test_until, or test_share")
        return self


class DatelessCutoffs(Section):
    """No cutoffs: a table without dates, one row an opportunity; whole accounts, `test_share` of them, are the test."""

    kind: Literal["none"]
    test_share: float = Field(default=0.2, ge=0, lt=1)
    folds: Folds = 5


class AccountTask(Section):
    """Parameters of churn and value: who counts as active, and the horizon of the outcome."""

    horizon_days: int = Field(ge=1)
    active_days: int = Field(ge=1)
    cutoffs: CalendarCutoffs


class OpportunityTask(Section):
    """Parameters of conversion: the horizon in days, or unset for the opportunity's own stated closing date."""

    horizon_days: int | None = Field(default=None, ge=1)
    cutoffs: Annotated[CalendarCutoffs | AnchoredCutoffs | DatelessCutoffs, Field(discriminator="kind")]

    @model_validator(mode="after")
    def _no_horizon_without_dates(self) -> OpportunityTask:
        if isinstance(self.cutoffs, DatelessCutoffs) and self.horizon_days is not None:
            raise ValueError('no horizon_days where cutoffs.kind is "none"')
        if isinstance(self.cutoffs, CalendarCutoffs) and self.horizon_days is None:
            raise ValueError('horizon_days where cutoffs.kind is "calendar"')
        return self


class Tasks(Section):
    """The tasks this company trains; each is optional."""

    conversion: OpportunityTask | None = None
    value: AccountTask | None = None
    churn: AccountTask | None = None


class Tier(Section):
    """A service tier: the best `top_share` of accounts by expected value, and how often they should be contacted."""

    code: str
    zh: str
    en: str
    top_share: float = Field(gt=0, le=1)
    contact_every_days: int = Field(ge=1)


class Word(Section):
    """What a value of the data is called."""

    zh: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Spark(Section):
    """Where Spark runs: a Spark Connect server (`url`) or a master; `options` are Spark's own."""

    url: str | None = Field(default=None, pattern="^sc://.+")
    master: str | None = None
    options: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_place(self) -> Spark:
        if (self.url is None) == (self.master is None):
            raise ValueError("exactly one of `url` and `master`")
        return self


class Workspace(Section):
    """A validated `foresale.toml`. Paths are absolute; everything derived lives under `data_dir`.

    `overrule` answers findings of the leak gate: feature name = why its value was known by the cutoff. `words` says what values
    of the data (an industry, a stage, a kind) are called in sentences.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    title_zh: str
    title_en: str
    time_zone: Annotated[str, AfterValidator(_time_zone)]
    currency: Annotated[str, AfterValidator(_currency)]
    data_dir: Path
    note_zh: str = ""
    note_en: str = ""
    settling_lag_days: int = Field(default=0, ge=0)
    database_url: str | None = None
    tracking_uri: str | None = None
    sources: dict[str, AnySource]
    tables: dict[str, Table]
    tasks: Tasks = Tasks()
    overrule: dict[str, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]] = Field(default_factory=dict)
    tiers: tuple[Tier, ...] = ()
    words: dict[str, Word] = Field(default_factory=dict)
    spark: Spark | None = None
    _file: Path = PrivateAttr(Path("foresale.toml"))

    @model_validator(mode="after")
    def _tables_exist(self) -> Workspace:
        unknown = sorted(set(self.tables) - set(TABLES))
        if unknown:
            raise ValueError(f"tables among {', '.join(TABLES)}; not {', '.join(unknown)}")
        if "accounts" not in self.tables:
            raise ValueError("a table `accounts`: every other table points at it")
        for name, table in self.tables.items():
            entity = name in ("accounts", "opportunities")
            if table.attributes and not entity and name not in EVENT_TABLES:
                raise ValueError(f"attributes only on accounts, opportunities, {', '.join(EVENT_TABLES)}; not on {name}")
            reserved = (*TABLES[name].names, "file_row_number")
            if taken := [key for key in table.attributes if key in reserved or key.startswith("_")]:
                raise ValueError(f"another name for tables.{name}.attributes.{taken[0]}: a canonical column, or one with _")
            wrong = [key for key, attribute in table.attributes.items() if (attribute.known == "event") == entity]
            if wrong:
                allowed = "creation or constant" if entity else "event"
                raise ValueError(f"tables.{name}.attributes.{wrong[0]}.known to be {allowed}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def minor_units(self) -> int:
        """How many minor units one unit of the currency has (100 for CNY, 1 for JPY)."""
        return int(10 ** get_currency_precision(self.currency))

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the score store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'foresale.db'}"

    @property
    def mlflow_uri(self) -> str:
        """MLflow tracking and registry URI."""
        return self.tracking_uri or f"sqlite:///{self.data_dir / 'mlflow.db'}"

    def parameters(self, task: str) -> AccountTask | OpportunityTask:
        """The parameters of a task; raises ForesaleError when they are not set."""
        found: AccountTask | OpportunityTask | None = getattr(self.tasks, task, None)
        if found is None:
            raise ForesaleError(f"task {task} is not set", got=f"no [tasks.{task}]", do=f"add [tasks.{task}] to the workspace")
        return found

    def mistake(self, key: str, *, got: object, expected: str, do: str) -> ForesaleError:
        """What to raise for a key of this file that is wrong."""
        return ForesaleError(f"{self._file}: key {key} is wrong", got=got, expected=expected, do=do)


def _resolve(source: str, folder: Path) -> str:
    if not source.startswith("package:"):
        return str((folder / source).resolve())
    package, _, inner = source.removeprefix("package:").partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ForesaleError(
            f"source {source} needs the package {package}",
            got="not installed",
            expected="an installed package",
            do=f"pip install {package.replace('_', '-')}",
        )
    return str(Path(spec.submodule_search_locations[0]) / inner)


def _below(url: str, folder: Path) -> str:
    """The address of a database; that of an SQLite file by a relative path begins at the workspace file's folder."""
    file = url.removeprefix(_SQLITE)
    return url if file == url or not file or file.startswith(("/", ":")) else f"{_SQLITE}{(folder / file).resolve()}"


def load_workspace(path: Path | str) -> Workspace:
    """Read and validate a `foresale.toml`.

    Raises ForesaleError naming file, key, what it got, what it expected and what to do.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise ForesaleError(
            "no workspace file", got=path, expected="a foresale.toml", do="pass --workspace FILE or change to its folder"
        )
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ForesaleError(f"{path} is not TOML", got=error, expected="valid TOML", do="mend that line") from error
    return parse_workspace(raw, path)


def parse_workspace(raw: dict[str, Any], path: Path) -> Workspace:
    """Validate an already parsed workspace; `path` is the file it came from (relative paths start there)."""
    folder = path.parent
    try:
        workspace = Workspace.model_validate(raw)
    except ValidationError as error:
        raise explain(path, error) from error
    sources = {
        name: source if source.path is None else source.model_copy(update={"path": _resolve(source.path, folder)})
        for name, source in workspace.sources.items()
    }
    urls = {key: _below(url, folder) for key in ("database_url", "tracking_uri") if (url := getattr(workspace, key))}
    whole = workspace.model_copy(update={"data_dir": (folder / workspace.data_dir).resolve(), "sources": sources, **urls})
    whole._file = path
    return whole
