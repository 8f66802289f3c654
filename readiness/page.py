"""The check as one HTML page with its charts inside, in Chinese or English; no script, everything escaped."""

from __future__ import annotations

from html import escape
from typing import Any

import altair as alt
import pandas as pd
import vl_convert as vlc
from babel.core import Locale
from babel.numbers import format_decimal, format_percent

from readiness.check import Checkup
from readiness.tasks import READY, USABLE, Readiness
from workspace.schema import TABLES

_STYLE = (
    "body{font:15px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;max-width:66rem;margin:2rem auto;padding:0 1rem;color:#1b2530}"
    "table{border-collapse:collapse;margin:1rem 0;width:100%}td,th{padding:.3rem .7rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #dde3ea}th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.85em;"
    "overflow-wrap:anywhere}.ready{color:#17693a}.usable{color:#8a5a00}.not_ready,.lost{color:#a3231f}.not_set{color:#5b6672}"
    ".state{font-size:1.3rem;font-weight:600}figure{margin:1rem 0}svg{max-width:100%;height:auto}"
)
_BLUE, _GREY = "#1f5fa8", "#c3ccd5"
_NUMERIC = ("train", "test", "read", "accepted", "quarantined", "rows", "features")
TEXT: dict[str, dict[str, str]] = {
    "en": {
        "title": "Can these data carry the three questions?",
        "ready": "ready",
        "usable": "usable",
        "not_ready": "not ready",
        "not_set": "not set",
        "conversion": "conversion",
        "value": "value",
        "churn": "churn",
        "tasks": "The three tasks",
        "task": "task",
        "state": "state",
        "train": "training rows (with the outcome)",
        "test": "test rows (with the outcome)",
        "next": "what would help",
        "split": "split",
        "tables": "Tables",
        "table": "table",
        "read": "read",
        "accepted": "accepted",
        "quarantined": "quarantined",
        "damage": "What is damaged or odd",
        "what": "what",
        "where": "where",
        "rows": "rows",
        "share": "share",
        "do": "do this",
        "examples": "examples",
        "dimensions": "What the data speak about",
        "missing": "What an absent table costs",
        "features": "features that wait for it",
        "nothing": "Nothing was found.",
        "months": "Events by month",
        "month": "month",
        "events": "events",
        "carried": "carried",
        "waiting": "not carried",
        "span": "{accounts} accounts, {days} days of history",
        "minimum": "Ready: {a} rows of the rarer outcome in training and {b} in the test; usable: {c} and {d}.",
        "lost": "in quarantine",
        "fit": "fit",
        "engagement": "engagement",
        "urgency": "urgency",
        "decision_chain": "decision chain",
        "purchases": "budget & purchases",
        "relationship": "relationship",
        "service": "service & complaints",
        "risk": "risk",
    },
    "zh": {
        "title": "这些数据能否支撑三个问题？",
        "ready": "可以训练",
        "usable": "勉强可用",
        "not_ready": "尚不可用",
        "not_set": "未设置",
        "conversion": "成交",
        "value": "价值",
        "churn": "流失",
        "tasks": "三项任务",
        "task": "任务",
        "state": "状态",
        "train": "训练样本（其中有结果）",
        "test": "测试样本（其中有结果）",
        "next": "怎样改进",
        "split": "划分方式",
        "tables": "数据表",
        "table": "表",
        "read": "读入",
        "accepted": "接收",
        "quarantined": "隔离",
        "damage": "损坏或可疑之处",
        "what": "问题",
        "where": "位置",
        "rows": "行数",
        "share": "占比",
        "do": "怎么办",
        "examples": "例子",
        "dimensions": "数据涉及的维度",
        "missing": "缺少的表的代价",
        "features": "等待它的特征",
        "nothing": "未发现问题。",
        "months": "每月记录数",
        "month": "月份",
        "events": "记录数",
        "carried": "已有",
        "waiting": "尚缺",
        "span": "{accounts} 个客户，{days} 天的历史",
        "minimum": "“可以训练”：训练中较少的结果至少 {a} 个、测试中 {b} 个；“勉强可用”：{c} 个和 {d} 个。",
        "lost": "已隔离",
        "fit": "匹配度",
        "engagement": "活跃度",
        "urgency": "需求紧急度",
        "decision_chain": "决策链",
        "purchases": "预算与购买力",
        "relationship": "关系",
        "service": "服务与投诉",
        "risk": "风险",
    },
}


class Page:
    """One language's page of a check."""

    def __init__(self, checkup: Checkup, title: str, language: str) -> None:
        self.checkup, self.title, self.language = checkup, title, language
        self.text, self.locale = TEXT[language], Locale.parse("zh_CN" if language == "zh" else "en")

    def html(self) -> str:
        """The whole page."""
        head = (
            "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style>"
        )
        state = f"<p class='state {self.checkup.state}'>{self.text[self.checkup.state]}</p>"
        span = self.text["span"].format(accounts=self._number(self.checkup.accounts), days=self._number(self.checkup.days))
        parts = (
            f"<h1>{escape(self.title)}</h1><p>{self.text['title']}</p>{state}<p>{span}</p>",
            self._tasks(),
            self._months(),
            self._tables(),
            self._findings(),
            self._dimensions(),
            self._missing(),
        )
        tag = "zh-CN" if self.language == "zh" else "en"
        return f"<!doctype html><html lang={tag}><head>{head}</head><body>{''.join(parts)}</body></html>"

    def _number(self, value: int) -> str:
        return str(format_decimal(value, locale=self.locale))

    def _table_name(self, name: str) -> str:
        return TABLES[name].zh if self.language == "zh" else name.replace("_", " ")

    def _percent(self, value: float) -> str:
        return str(format_percent(value, "#,##0.0%", locale=self.locale))

    def _of(self, item: Any, name: str) -> str:
        """The reader's language of a finding or a task."""
        return str(getattr(item, f"{name}_{self.language}" if name == "do" else self.language))

    def _section(self, name: str, columns: tuple[str, ...], rows: list[str]) -> str:
        head = "".join(f"<th{' class=n' if column in _NUMERIC else ''}>{self.text[column]}</th>" for column in columns)
        table = f"<table><tr>{head}</tr>{''.join(rows)}</table>" if rows else f"<p>{self.text['nothing']}</p>"
        return f"<h2>{self.text[name]}</h2>{table}"

    # --- sections -----------------------------------------------------------------------------------------------------

    def _tasks(self) -> str:
        minimum = self.text["minimum"].format(a=READY["train"], b=READY["test"], c=USABLE["train"], d=USABLE["test"])
        rows = [self._task(task) for task in self.checkup.tasks]
        return self._section("tasks", ("task", "state", "train", "test", "next"), rows) + f"<p><small>{minimum}</small></p>"

    def _task(self, task: Readiness) -> str:
        sides = "".join(
            f"<td class=n>{self._number(side.rows)} ({self._number(side.positives)})<br>"
            f"<small>{side.first} – {side.last}</small></td>"
            if side
            else "<td class=n>–</td>"
            for side in (task.train, task.test)
        )
        return (
            f"<tr><td>{self.text[task.task]}</td><td class={task.state}>{self.text[task.state]}</td>{sides}"
            f"<td>{escape(self._of(task, ''))}</td></tr>"
        )

    def _tables(self) -> str:
        rows = [
            f"<tr><td>{self._table_name(name)}</td>"
            f"{''.join(f'<td class=n>{self._number(n)}</td>' for n in (c.read, c.accepted, c.quarantined))}</tr>"
            for name, c in self.checkup.counts.items()
        ]
        return self._section("tables", ("table", "read", "accepted", "quarantined"), rows)

    def _findings(self) -> str:
        rows = []
        for found in self.checkup.findings:
            where = escape(f"{found.table}.{found.column}".rstrip("."))
            examples = "<br>".join(f"<code>{escape(example)}</code>" for example in found.examples)
            lost = f" <b class=lost>{self.text['lost']}</b>" if found.lost else ""
            rows.append(
                f"<tr><td>{escape(self._of(found, ''))}{lost}</td><td>{where}</td><td class=n>{self._number(found.rows)}<br>"
                f"{self._percent(found.share)}</td><td>{escape(self._of(found, 'do'))}</td><td>{examples}</td></tr>"
            )
        return self._section("damage", ("what", "where", "rows", "do", "examples"), rows)

    def _missing(self) -> str:
        rows = [
            f"<tr><td>{m.table} · {escape(m.zh if self.language == 'zh' else m.en)}</td><td class=n>{m.features}</td>"
            f"<td>{', '.join(self.text[name] for name in m.dimensions)}</td></tr>"
            for m in self.checkup.missing
        ]
        return self._section("missing", ("table", "features", "dimensions"), rows)

    # --- charts -------------------------------------------------------------------------------------------------------

    def _months(self) -> str:
        months = self.checkup.months
        rows = [(self._table_name(table), month, n) for table, found in months.items() for month, n in found.items()]
        if not rows:
            return ""
        data = pd.DataFrame(rows, columns=["table", "month", "n"])
        chart = (
            alt.Chart(data)
            .mark_bar(color=_BLUE)
            .encode(
                x=alt.X("month:O", title=self.text["month"], axis=alt.Axis(labelOverlap=True, labelAngle=-45)),
                y=alt.Y("n:Q", title=self.text["events"]),
            )
            .properties(width=760, height=70)
            .facet(row=alt.Row("table:N", title=None))
            .resolve_scale(y="independent")
        )
        return f"<h2>{self.text['months']}</h2>{_svg(chart)}"

    def _dimensions(self) -> str:
        rows = [
            (self.text[d.name], self.text[kind], n, order)
            for d in self.checkup.dimensions
            for order, (kind, n) in enumerate(
                (("carried", min(d.carried, d.declared)), ("waiting", max(d.declared - d.carried, 0)))
            )
        ]
        data = pd.DataFrame(rows, columns=["dimension", "kind", "n", "order"])
        chart = (
            alt.Chart(data)
            .mark_bar()
            .encode(
                x=alt.X("n:Q", title=None),
                y=alt.Y("dimension:N", title=None, sort=[self.text[d.name] for d in self.checkup.dimensions]),
                color=alt.Color(
                    "kind:N",
                    title=None,
                    scale=alt.Scale(domain=[self.text["carried"], self.text["waiting"]], range=[_BLUE, _GREY]),
                ),
                order="order:Q",
            )
            .properties(width=560, height=220)
        )
        return f"<h2>{self.text['dimensions']}</h2>{_svg(chart)}"


def _svg(chart: alt.Chart | alt.FacetChart) -> str:
    return f"<figure>{vlc.vegalite_to_svg(chart.configure_view(stroke=None).to_json())}</figure>"


def page(checkup: Checkup, title: str, language: str) -> str:
    """The check as HTML; `language` is zh or en."""
    return Page(checkup, title, language).html()
