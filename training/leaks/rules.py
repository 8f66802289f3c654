"""What the leak gate looks for: each rule as data, with its words in both languages, and what a rule has found."""

from __future__ import annotations

from dataclasses import dataclass

Measured = dict[str, str | int | float]


@dataclass(frozen=True)
class Rule:
    """One rule. `proof`: what it finds is refused; otherwise the workspace is asked.

    `zh` and `en` say what was measured, `remedy` what can be done beside leaving the column out.
    """

    code: str
    proof: bool
    zh: str
    en: str
    remedy: str = ""


KNOWN_LATER = Rule(
    "known_after_the_cutoff",
    True,
    "去掉 {moment} 之后才得知的内容，{rows} 行中有 {changed} 行的值改变",
    "in {changed} of {rows} rows it changes when everything known after {moment} is taken away",
    "mend received_at of its source",
)
CHANGING = Rule(
    "changing_without_history",
    True,
    "声明为不变，但与上次导入相比，{keys} 个编号中有 {changed} 个的值改变，又无字段历史",
    "declared as fixed, yet {changed} of {keys} keys hold another value than at the ingest before; no field_history says when",
    "map its changes as field_history",
)
SEPARATES = Rule(
    "separates_alone",
    True,
    "仅凭它就能区分结果：AUC {auc:.3f}，高于 {limit}",
    "alone it separates the outcomes: AUC {auc:.3f}, above {limit}",
)
PURE = Rule(
    "pure_level",
    True,
    "取值“{level}”的 {rows} 行结果完全相同（偶然发生的概率为 {chance:.0e}）；这样的取值共 {levels} 个",
    "all {rows} rows of its level '{level}' have the same outcome (by chance: {chance:.0e}); pure levels: {levels}",
)
SAME = Rule(
    "pure_number",
    True,
    "数值为“{level}”的 {rows} 行结果完全相同（偶然发生的概率为 {chance:.0e}）；这样的数值共 {levels} 个：可能是事后填写",
    "all {rows} rows where it is {level} have the same outcome (by chance: {chance:.0e}), as if filled in later; such numbers: "
    "{levels}",
)
STRONG = Rule(
    "strong_alone",
    False,
    "在没有日期的表中，仅凭它的 AUC 就有 {auc:.3f}，高于 {limit}",
    "alone it reaches AUC {auc:.3f}, above {limit}, in a table without dates",
)
MISSING = Rule(
    "missing_by_outcome",
    False,
    "有该结果的行中 {with_outcome:.0%} 缺失，其余行中 {without:.0%}：可能是事后填写的",
    "missing in {with_outcome:.0%} of rows with the outcome and {without:.0%} of others: as if filled in later",
)
NAMED = Rule(
    "named_like_a_state",
    False,
    "名称含“{word}”：这类列通常随销售进展而改写",
    "its name says '{word}': such columns are usually rewritten while a sale goes on",
)


@dataclass(frozen=True)
class Finding:
    """What one rule measured of one feature, and the workspace's reason where it overrules it."""

    feature: str
    rule: Rule
    measured: Measured
    overruled: str = ""

    @property
    def refused(self) -> bool:
        """Whether training may not go on."""
        return self.rule.proof and not self.overruled

    @property
    def en(self) -> str:
        """The finding in English."""
        return self.rule.en.format(**self.measured)

    @property
    def zh(self) -> str:
        """The finding in Chinese."""
        return self.rule.zh.format(**self.measured)

    @property
    def verdict(self) -> str:
        """Overruled, refused or asked."""
        return "overruled" if self.overruled else "refused" if self.rule.proof else "asked"

    def as_dict(self) -> dict[str, object]:
        """Plain JSON types."""
        return {
            "feature": self.feature,
            "rule": self.rule.code,
            "verdict": self.verdict,
            "measured": self.measured,
            "en": self.en,
            "zh": self.zh,
            "reason": self.overruled,
        }
