"""What common values are called in Chinese: kinds of touch, roles, stages, needs. Other values are shown as they are."""

ZH: dict[str, str] = {
    "visit": "拜访",
    "call": "电话",
    "email": "邮件",
    "meeting": "会议",
    "chat": "在线聊天",
    "demo": "产品演示",
    "training": "培训",
    "event": "活动",
    "in": "客户主动",
    "out": "我方主动",
    "decision_maker": "决策人",
    "influencer": "影响者",
    "user": "使用者",
    "buyer": "采购",
    "prospect": "潜在客户",
    "contacted": "初步接触",
    "needs_confirmed": "需求确认",
    "proposal": "方案呈现",
    "negotiation": "谈判促成",
    "won": "签约",
    "lost": "丢单",
    "delivery": "交付",
    "after_sales": "售后",
    "rigid": "刚性",
    "elastic": "弹性",
    "latent": "潜在",
    "high": "高",
    "mid": "中",
    "medium": "中",
    "low": "低",
    "trade_show": "展会",
    "webinar": "网络研讨会",
    "referral": "转介绍",
    "tender": "招标",
    "community": "社群",
    "inbound": "主动咨询",
    "coupon": "用券",
    "no coupon": "未用券",
    "campaign_mailed": "活动邮寄",
    "coupon_redeemed": "优惠券核销",
}


def in_chinese(value: str) -> str:
    """The Chinese word for a common value; any other value as it is."""
    return ZH.get(value, value)
