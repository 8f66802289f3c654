"""The salesperson responsible and the team: how often their past opportunities were won."""

from features.catalog.fit import win_rate
from features.feature import Feature

OWNER = Feature(
    "opportunity_owner",
    "relationship",
    "负责人",
    "owner",
    "opportunities",
    "attribute",
    measure="owner_id",
    unit="category",
    path="opportunity",
    categorical=True,
)
TEAM = Feature(
    "opportunity_team",
    "relationship",
    "团队",
    "team",
    "owners",
    "attribute",
    measure="team",
    key=OWNER,
    unit="category",
    path="opportunity",
    categorical=True,
)

FEATURES = (
    win_rate(OWNER, "owner_win_rate", "relationship", "负责人历史成交率", "past win rate of the owner"),
    win_rate(TEAM, "team_win_rate", "relationship", "团队历史成交率", "past win rate of the owner's team"),
)
