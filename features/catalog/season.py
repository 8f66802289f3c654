"""The calendar 日历: what time of the year it is, in the company's time zone."""

from features.feature import CALENDAR, Feature


def _date(measure: str, zh: str, en: str, unit: str = "days") -> Feature:
    return Feature(f"calendar_{measure}", "urgency", zh, en, "calendar", CALENDAR, measure=measure, unit=unit)


FEATURES = (
    _date("month", "月份", "month of the year", "number"),
    _date("days_to_quarter_end", "距季度末天数", "days to the end of the quarter"),
    _date("days_to_new_year", "距春节天数", "days to Chinese New Year"),
)
