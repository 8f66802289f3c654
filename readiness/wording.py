"""What a finding says, in both languages: its meaning and what to do. Keyed by code; `{...}` is filled in."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """Meaning and remedy, in Chinese and English."""

    zh: str
    en: str
    do_zh: str
    do_en: str


QUARANTINED: dict[str, Words] = {
    "duplicate_key": Words(
        "主键重复",
        "the key is there more than once",
        "在来源去重，或设置 deduplicate 说明保留哪一行",
        "remove the copies, or set deduplicate to say which one counts",
    ),
    "superseded": Words(
        "同一主键的旧版本", "an older version of a row that is kept", "无需处理", "nothing: this is what deduplicate asks for"
    ),
    "missing": Words(
        "必填列为空", "a required value is missing", "补齐该列，或映射到有值的列", "fill it in, or map a column that has it"
    ),
    "unparsable_date": Words(
        "日期无法读取",
        "a date cannot be read",
        "设置 day_first（如 03/04/2025），或在 dates 写明格式",
        "set day_first (for 03/04/2025), or write its format under dates",
    ),
    "future_date": Words(
        "日期在将来",
        "a date lies in the future",
        "核对年份与时区；计划中的日期请勿映射为发生时间",
        "check year and time zone; do not map a planned date as something that happened",
    ),
    "wrong_type": Words(
        "不是数字或金额",
        "not a number or an amount",
        "在来源改正，或用 sql 清洗；逗号小数请设 decimal_comma",
        "correct it, clean it by an expression under sql, or set decimal_comma",
    ),
    "unknown_sign": Words(
        "数字旁有未知的符号或文字",
        "a sign or a word beside a number whose meaning is not known",
        "用 sql 说明其含义，例如贷方、退货记为负：case when 类型 = '退' then '-' || 金额 else 金额 end",
        "say by an expression under sql what it means, such as '-' || amount for a credit, or take the word out",
    ),
    "foreign_currency": Words(
        "不是本工作区的货币",
        "an amount in another currency than the workspace's",
        "在来源换算成本工作区的货币，或用 where 排除",
        "convert it at the source to the workspace's currency, or leave it out by where",
    ),
    "ambiguous_number": Words(
        "1.234 是 1234 还是一点二三四，无法判断",
        "1.234 may be 1234 or a little more than one, and no other value of the column tells",
        "设置 decimal_comma = true（1.234 即 1234）或 decimal_comma = false（点是小数点）",
        "set decimal_comma = true if 1.234 is 1234, decimal_comma = false if the dot stands before decimals",
    ),
    "wrong_value": Words(
        "不是允许的取值",
        "not one of the allowed values",
        "用 sql 的 case 表达式换成允许的取值",
        "translate it by a case expression under sql",
    ),
    "negative": Words(
        "不应为负",
        "a number that cannot be negative",
        "核对符号；退货请记为负的订单金额",
        "check the sign; a return is a negative order amount",
    ),
    "unknown_key": Words(
        "指向不存在或已被隔离的记录",
        "points at a row that is not there, or that is in quarantine itself",
        "先看它指向的表的隔离区；再导出完整的主表，或用 join 换成正确的编号",
        "look at the quarantine of the table it points at first; else export that table whole, or translate the id by join",
    ),
    "closed_before_opened": Words(
        "结束早于开始", "closed before it was opened", "核对两列是否颠倒", "check whether the two columns are swapped"
    ),
    "outcome_without_date": Words(
        "有结果却没有日期",
        "an outcome without its date",
        "补上结束日期，否则无法知道何时成交",
        "fill in the closing date; without it nobody knows when",
    ),
    "ends_before_start": Words(
        "合同结束早于开始",
        "a contract that ends before it starts",
        "核对两列是否颠倒",
        "check whether the two columns are swapped",
    ),
    "resolved_before_opened": Words(
        "投诉解决早于提出",
        "a case resolved before it was opened",
        "核对两列是否颠倒",
        "check whether the two columns are swapped",
    ),
    "unreadable_row": Words(
        "这一行无法拆成列",
        "a line that cannot be split into its columns",
        "核对分隔符、引号与编码后重新导出",
        "check delimiter, quotes and encoding, and export again",
    ),
}

SUSPECTED: dict[str, Words] = {
    "late": Words(
        "录入晚于发生一天以上",
        "entered more than a day after it happened",
        "把 settling_lag_days 设为 {p95}",
        "set settling_lag_days = {p95}",
    ),
    "received_before": Words(
        "录入时间早于发生时间", "entered before it happened", "核对两列与时区", "check the two columns and the time zone"
    ),
    "bulk_load": Words(
        "同一天集中录入（{day}）：此前的录入时间不可信",
        "entered on one day ({day}): the time of entry before it cannot be trusted",
        "不要映射 received_at，或改用逐条录入的时间",
        "do not map received_at, or map the time of the single entry",
    ),
    "copies": Words(
        "除主键外完全相同的行",
        "rows that are equal in all but their key",
        "核对是否重复导出",
        "check whether they were exported twice",
    ),
    "empty": Words(
        "整列为空", "nothing in the whole column", "不要映射它，或映射到有值的列", "leave it out, or map a column that has values"
    ),
    "constant": Words("整列只有一个值（{value}）", "one value in the whole column ({value})", "不要映射它", "leave it out"),
    "old": Words(
        "日期早于 1990 年（占位日期？）",
        "dates before 1990 (placeholders?)",
        "用 sql 把占位日期换成空",
        "turn placeholders into nothing by an expression under sql",
    ),
    "gap": Words("{month} 没有任何记录", "nothing at all in {month}", "补导这段时间的数据", "export that time again"),
    "ends_early": Words(
        "最后一条记录在 {day}，其他表直到 {last}",
        "ends on {day}, while other tables go on to {last}",
        "补导之后的数据，或把截止日设在此前",
        "export what came after it, or keep the cutoffs before it",
    ),
    "thin_end": Words(
        "最后一个月只有平常的 {share}",
        "the last month holds {share} of a usual one",
        "等数据补齐，或把截止日提前",
        "wait until it is complete, or choose earlier cutoffs",
    ),
    "huge": Words(
        "大于中位数 1,000 倍的数值（单位混用？）",
        "more than 1,000 times the median (mixed units?)",
        "统一单位（元 / 万元）",
        "bring them to one unit",
    ),
    "spelling": Words(
        "只差大小写或空格的取值：{value}",
        "values that differ only in case or blanks: {value}",
        "用 sql 统一写法，例如 lower(trim(列))",
        "write them alike by an expression under sql, such as lower(trim(column))",
    ),
    "trial": Words(
        "名称像测试或演示数据",
        "a name like that of a test or a demonstration",
        "用 where 排除，例如 where = \"客户名称 not like '%测试%'\"",
        "leave them out by where, such as where = \"name not ilike '%test%'\"",
    ),
    "total": Words("像合计行，不是真实记录", "the line of a total, not a row", "用 where 排除", "leave it out by where"),
    "spelt": Words(
        "两表编号写法不同：{value}（忽略大小写、空格、前导零与 .0 后一致）",
        "ids written in two ways: {value} (the same but for case, blanks, leading zeros or .0)",
        "用 sql 统一两表的写法，例如 upper(trim(列))、ltrim(列, '0')、replace(列, '.0', '')",
        "write them alike by an expression under sql, such as upper(trim(column)), ltrim(column, '0'), replace(column, '.0', '')",
    ),
    "rare_levels": Words(
        "取值过多（{value} 种），像编号而不像类别",
        "so many values ({value}) that it is an id, not a category",
        "不要映射为类别",
        "do not map it as a category",
    ),
    "alone": Words(
        "没有任何记录的客户",
        "accounts without a single event",
        "核对客户编号的写法是否一致",
        "check that ids are written alike in both tables",
    ),
    "day_only": Words(
        "全部时间都是零点：只有日期",
        "every time is midnight: these are days",
        "只导出日期即可：日期按当天结束计",
        "export the day alone: a day counts as its end",
    ),
}


def words_of(code: str) -> Words:
    """The words for a reason such as `missing:amount`, or for a suspicion; raises KeyError for one that has none."""
    kind = code.partition(":")[0]
    return QUARANTINED.get(kind) or SUSPECTED[kind]
