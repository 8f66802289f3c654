"""Decision chain 决策链: which roles are known, which were met and when, and whether all hangs on one person."""

from dataclasses import replace

from features.feature import Feature, Path, over_windows

_DECIDES = (("contact_role", "decision_maker"),)


def _met(path: Path, prefix: str, zh: str, en: str) -> tuple[Feature, ...]:
    reached = Feature(
        f"{prefix}contacts_reached_180d",
        "decision_chain",
        f"{zh}近 180 天接触的联系人数",
        f"contacts reached in the last 180 days{en}",
        "contact_touches",
        "distinct",
        label="contact_id",
        window_days=180,
        path=path,
    )
    return (
        *over_windows(
            Feature(
                f"{prefix}roles_reached_{{w}}d",
                "decision_chain",
                f"{zh}近 {{w}} 天接触的决策角色数",
                f"decision roles reached in the last {{w}} days{en}",
                "contact_touches",
                "distinct",
                label="contact_role",
                path=path,
            ),
            (90, 365),
        ),
        reached,
        replace(
            reached,
            name=f"{prefix}single_threaded",
            zh=f"{zh}仅靠一位联系人",
            en=f"only one contact{en}",
            at_least=1.0,
            at_most=1.0,
            unit="flag",
        ),
        *over_windows(
            Feature(
                f"{prefix}decision_maker_met_{{w}}d",
                "decision_chain",
                f"{zh}近 {{w}} 天与决策人接触次数",
                f"touches with a decision maker in the last {{w}} days{en}",
                "contact_touches",
                "count",
                where=_DECIDES,
                path=path,
            ),
            (30, 90, 365),
        ),
        Feature(
            f"{prefix}decision_maker_recency",
            "decision_chain",
            f"{zh}距上次与决策人接触天数",
            f"days since a decision maker was last met{en}",
            "contact_touches",
            "recency_days",
            where=_DECIDES,
            path=path,
            unit="days",
        ),
    )


FEATURES = (
    Feature("contacts_known", "decision_chain", "已知联系人数", "contacts known", "contacts", "count"),
    Feature(
        "contact_roles_known", "decision_chain", "已知决策角色数", "decision roles known", "contacts", "distinct", label="role"
    ),
    *_met("account", "", "", ""),
    Feature(
        "touches_by_role_365d",
        "decision_chain",
        "近一年按角色接触次数",
        "touches by role in the last year",
        "contact_touches",
        "count",
        window_days=365,
        per="contact_role",
    ),
    Feature(
        "opportunity_contacts",
        "decision_chain",
        "该商机已知联系人数",
        "contacts known on this opportunity",
        "roles",
        "distinct",
        label="contact_id",
        path="opportunity",
    ),
    Feature(
        "opportunity_roles",
        "decision_chain",
        "该商机已知决策角色数",
        "decision roles known on this opportunity",
        "roles",
        "distinct",
        label="role",
        path="opportunity",
    ),
    Feature(
        "decision_maker_known",
        "decision_chain",
        "该商机决策人已知",
        "a decision maker is known on this opportunity",
        "roles",
        "count",
        where=(("role", "decision_maker"),),
        path="opportunity",
        at_least=1.0,
        unit="flag",
    ),
    *_met("opportunity", "opportunity_", "该商机", " on this opportunity"),
)
