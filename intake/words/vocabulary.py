"""General words, English and Chinese, for tables and for what makes a column special. No data set's own names."""

from __future__ import annotations

TABLES: dict[str, str] = {
    "accounts": (
        "account, customer, client, company, firm, organization, organisation, household, member, user, student, "
        "patient, subscriber, guest, donor, partner, res partner, buyer, shop, profile, demographic, 客户, 公司, "
        "企业, 会员, 用户, 学员, 学生, 顾客, 经销商, 门店, 客户资料, 客户信息, 客户档案"
    ),
    "contacts": "contact, person, people, contact person, 联系人, 联络人, 决策人",
    "owners": (
        "owner, rep, salesperson, sales rep, sales agent, sales team, employee, staff, seller, agent, hr, 负责人, "
        "销售员, 业务员, 员工, 销售人员, 销售代表"
    ),
    "targets": "target, quota, goal, 目标, 指标, 销售目标, 业绩目标",
    "opportunities": (
        "opportunity, lead, deal, prospect, crm lead, pipeline, sales pipeline, application, enquiry, inquiry, "
        "potential, 商机, 线索, 机会, 销售机会, 潜客, 询盘"
    ),
    "opportunity_contacts": "opportunity contact, opportunity contact role, deal contact, 商机联系人",
    "interactions": (
        "interaction, activity, touch, touchpoint, session, visit, appointment, call, phone call, phonecall, "
        "email, mail, meeting, event, engagement, "
        "log, task, follow up, followup, communication, message, chat, demo, click, view, page view, login, web, "
        "usage, redemption, campaign, response, history, note, 跟进, 跟进记录, 销售记录, 拜访, 拜访记录, 互动, 沟通, 通话, "
        "电话, 邮件, 会议, 活动, 浏览, 登录, 行为, 日志, 回访, 联系记录"
    ),
    "stage_changes": (
        "stage change, stage history, opportunity history, deal history, status history, lead history, deal stage, "
        "阶段变更, 阶段历史, 阶段记录, 商机阶段"
    ),
    "needs": "need, requirement, 需求, 需求记录",
    "quotes": "quote, quotation, proposal, offer, 报价, 报价单, 方案报价",
    "orders": (
        "order, sale order, sales order, transaction, purchase, sale, invoice, receipt, booking, trade, basket, "
        "checkout, 订单, 销售订单, 销售, 交易, 购买, 采购, 消费, 发票, 成交, 销售单, 出库, 流水"
    ),
    "order_lines": (
        "order line, order item, line, item, order detail, order product, sale order line, invoice line, line item, "
        "opportunity line item, 订单明细, 明细, 订单行, 销售明细, 商品明细"
    ),
    "payments": ("payment, cash receipt, collection, installment, account payment, 回款, 收款, 付款, 支付, 到账, 回款记录"),
    "contracts": (
        "contract, subscription, agreement, policy, licence, license, membership, renewal, 合同, 订阅, 协议, 保单, 续约"
    ),
    "cases": (
        "case, ticket, complaint, issue, incident, support, support ticket, helpdesk, claim, service request, 投诉, "
        "工单, 客诉, 售后, 服务单, 问题单"
    ),
    "surveys": ("survey, satisfaction, nps, csat, feedback, questionnaire, review, rating, 满意度, 调查, 问卷, 满意度调查, 评价"),
    "judgements": "judgement, judgment, assessment, evaluation, scorecard, 人工评分, 评分, 打分",
    "field_history": "field history, account history, audit, change log, changelog, 字段历史, 变更记录, 修改记录",
    "products": "product, sku, catalog, catalogue, merchandise, stock item, 产品, 商品, 物料, 品类, 货品",
}
TOUCHES: dict[str, str] = {  # the kind of an interaction, and the words of a table's name that say it
    "call": "call, phone, telephone, phonecall, 电话, 通话, 呼叫, 外呼",
    "email": "email, mail, e mail, 邮件, 邮箱",
    "meeting": "meeting, conference, appointment, 会议, 会面",
    "chat": "chat, wechat, whatsapp, im, 微信, 企微, 聊天, 在线咨询",
    "visit": "visit, 拜访, 走访, 上门, 到访, 来访",
}
WHO: dict[str, float] = {  # words of the one who buys, and how surely they mean it
    "account": 1.0,
    "customer": 1.0,
    "cust": 1.0,
    "client": 1.0,
    "household": 0.95,
    "company": 0.9,
    "firm": 0.85,
    "member": 0.85,
    "user": 0.8,
    "student": 0.85,
    "patient": 0.85,
    "subscriber": 0.85,
    "guest": 0.8,
    "donor": 0.85,
    "organization": 0.85,
    "organisation": 0.85,
    "partner": 0.8,
    "buyer": 0.8,
    "prospect": 0.7,
    "dealer": 0.75,
    "person": 0.6,
    "visitor": 0.6,
    "shop": 0.5,
    "uid": 0.6,
    "客户": 1.0,
    "顾客": 0.95,
    "会员": 0.9,
    "用户": 0.85,
    "学员": 0.85,
    "学生": 0.8,
    "公司": 0.8,
    "企业": 0.8,
    "经销商": 0.8,
    "买家": 0.8,
    "单位": 0.6,
    "购方": 0.7,
}
ID_WORDS = "id, no, nr, num, number, code, key, uuid, guid, identifier, uid, 编号, 编码, 号, 号码, 代码, 单号, 主键, 卡号"
ORDER_NUMBER = (
    "order id, order no, order number, invoice no, invoice number, invoice id, invoice, basket id, basket, "
    "transaction id, receipt no, receipt id, bill no, bill id, order, purchase id, cart id, 订单编号, 订单号, 单号, "
    "单据编号, 发票号, 小票号, 流水号, 销售单号"
)
UNIT_PRICE = "unit price, price, price each, list price, price unit, item price, 单价, 售价, 销售单价"
PLAIN_SIDE = (
    "sample, test, train, valid, validation, backup, bak, old, copy, tmp, temp, archive, dictionary, readme, "
    "metadata, schema, manifest, example, template, 样本, 样例, 备份, 旧, 测试, 字典, 数据字典, 模板, 说明"
)
STATES = (
    "weighted, done, completed, "
    "level, tier, segment, rank, ranking, tag, status, index, quality, stage, current, latest, last, recent, closed, "
    "converted, conversion, outcome, won, "
    "lost, reason, score, grade, rating, probability, churn, churned, is active, active, inactive, attrition, "
    "balance, total, lifetime, ltv, count of, number of, next, update, updated, modified, days since, is sql, is mql, "
    "lead profile, 等级, 级别, 分级, 评级, 标签, 排名, "
    "状态, 质量, 阶段, 当前, 目前, 最近, 最后, 最新, 上次, 进展, 进度, 结果, 原因, 得分, 评分, "
    "概率, 加权, 已完成, 完成, 流失, 累计, 总额, 余额, 下次, 更新, 修改, 是否成交"
)
PERSONAL = (
    "email, mail, e mail, phone, mobile, telephone, tel, fax, address, street, zip, postcode, postal code, zip code, "
    "first name, last name, surname, full name, ssn, birthday, birth date, date of birth, ip, url, website, latitude, "
    "longitude, lat, lng, 邮箱, 电话, 手机, 手机号, 传真, 地址, 邮编, 身份证, 生日, 出生日期, 网址, 姓名, 微信"
)
WON = (
    "won, closed won, close won, win, yes, y, true, 1, converted, success, successful, sold, signed, purchased, "
    "bought, deal, customer, accepted, subscribed, 赢单, 成交, 已成交, 签约, 已签约, 是, 赢, 已转化, 成功, 赢单关闭, "
    "已赢单"
)
LOST = (
    "lost, closed lost, close lost, loss, dead, lose, unsuccessful, rejected, disqualified, cancelled, canceled, no "
    "deal, not converted, unqualified, failed, refused, 输单, 丢单, 失败, 已丢单, 未成交, 流失, 无效, 关闭, 输单关闭, "
    "战败, 已输单, 放弃"
)
LOST_PERHAPS = (  # a deal that ended, in words that do not say how
    "closed, cancelled, canceled, cancel, abandoned, terminated, withdrawn, aborted, failed, lost, 关闭, 取消, 终止, 中止, "
    "放弃, 撤销, 丢单, 输单, 失败, 流失, 战败"
)
SURELY_LOST = "lost, closed lost, close lost, 输单, 丢单, 已输单, 已丢单, 输单关闭, 失败, 流失, 战败, dead, failed"
NOT_LOST = (
    "won, win, closed deal, deal closed, closed sale, sale closed, sold, signed, success, successful, paid, not, pending, "
    "risk, reopened, 赢, 成交, 签约, 成功, 回款, 付款, 完成"
)
NO = "no, n, false, 0, 否, 未, 未转化, 未成交"
INWARD = "in, inbound, incoming, received, 呼入, 客户主动, 来电, 入站"
OUTWARD = "out, outbound, outgoing, sent, 呼出, 我方主动, 去电, 外呼, 出站"
EMPTY_CHOICES = "select, please select, none, unknown, not specified, undefined, not provided, 请选择, 未知, 未填写, 暂无"
IN_CHINESE: dict[str, str] = {
    "account": "客户",
    "customer": "客户",
    "company": "公司",
    "order": "订单",
    "purchase": "购买",
    "date": "日期",
    "time": "时间",
    "amount": "金额",
    "type": "类型",
    "channel": "渠道",
    "source": "来源",
    "region": "地区",
    "country": "国家",
    "city": "城市",
    "state": "州",
    "industry": "行业",
    "size": "规模",
    "age": "年龄",
    "gender": "性别",
    "income": "收入",
    "segment": "细分",
    "category": "类别",
    "product": "产品",
    "quantity": "数量",
    "price": "价格",
    "discount": "折扣",
    "store": "门店",
    "campaign": "活动",
    "number": "数",
    "revenue": "收入",
    "band": "档",
    "employee": "员工",
    "page": "页面",
    "view": "浏览",
    "session": "会话",
    "duration": "时长",
    "second": "秒",
    "visit": "访问",
    "marital": "婚姻",
    "status": "状况",
    "home": "住房",
    "ownership": "所有",
    "household": "家庭",
    "kid": "子女",
    "count": "数",
    "education": "学历",
    "job": "职业",
    "occupation": "职业",
    "payment": "付款",
    "method": "方式",
    "plan": "套餐",
    "contract": "合同",
    "role": "角色",
    "title": "职务",
    "team": "团队",
    "outcome": "结果",
    "activity": "活动",
    "email": "邮件",
    "call": "电话",
    "lead": "线索",
    "origin": "来源",
    "total": "总",
    "touch": "接触",
    "process": "流程",
    "maturity": "成熟度",
    "estimated": "估计",
    "pricing": "价格",
    "demo": "演示",
    "department": "部门",
    "brand": "品牌",
    "week": "周",
    "coupon": "优惠券",
    "level": "等级",
    "spent": "花费",
    "website": "网站",
    "free": "免费",
    "copy": "资料",
    "specialization": "专业",
    "seniority": "级别",
    "function": "职能",
    "return": "退货",
    "shipping": "运费",
}
SOURCE_NAMES: dict[str, str] = {
    "客户": "customers",
    "订单": "orders",
    "跟进": "follow_ups",
    "明细": "lines",
    "联系人": "contacts",
    "商机": "opportunities",
    "线索": "leads",
    "合同": "contracts",
    "回款": "payments",
    "投诉": "complaints",
    "拜访": "visits",
    "产品": "products",
    "员工": "staff",
    "会员": "members",
    "销售": "sales",
    "报价": "quotes",
    "满意度": "satisfaction",
    "目标": "targets",
    "用户": "users",
    "活动": "activities",
    "记录": "records",
    "交易": "transactions",
    "信息": "info",
}
