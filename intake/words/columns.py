"""General words, English and Chinese, that name each canonical column. No data set's own names."""

from __future__ import annotations

_OCCURRED = (
    "occurred at, occurred, date, timestamp, time, day, datetime, at, when, event date, event time, 日期, 时间, "
    "发生时间, 发生日期"
)
_CREATED = (
    "created at, created, creation date, create date, created date, created on, date created, registered, date "
    "registered, registration date, registration, signed up at, signup date, sign up date, registered "
    "at, joined, join date, member since, since, "
    "first seen, start at, enrolled, opening date, 建档时间, 建档日期, 创建时间, 创建日期, 注册时间, 注册日期, "
    "开户日期, 加入日期, 入会日期, 成立客户日期"
)
COLUMNS: dict[tuple[str, str], str] = {  # `*` stands for every table
    ("*", "occurred_at"): _OCCURRED,
    ("*", "received_at"): (
        "received at, recorded at, entered at, inserted at, logged at, loaded at, 录入时间, 登记时间, 录入日期, "
        "登记日期, 入库时间"
    ),
    ("*", "amount"): (
        "amount, total, total amount, total price, sale value, sales value, value, dollar value, revenue, sale, "
        "sales, price, sum, grand total, amount total, amount untaxed, net amount, gross amount, payment value, "
        "subtotal, turnover, spend, paid, mrr, arr, 金额, 总金额, 订单金额, 总额, 合计, 应付金额, 实付金额, 成交金额, 销售额, "
        "价税合计, 实收, 消费金额, 总价"
    ),
    ("*", "owner_id"): (
        "owner id, owner, rep id, rep, sales rep, salesperson, sales agent, sales person, assigned to, responsible, "
        "user id, owner rep, agent, employee, seller, handled by, 负责人, 销售员, 业务员, 跟进人, 销售, 销售人员, "
        "客户经理, 归属人, 所有人, 员工编号, 拜访人, 记录人, 创建人"
    ),
    ("*", "margin"): "margin, gross margin, profit, gross profit, 毛利, 利润, 毛利额",
    ("accounts", "name"): (
        "name, account name, company name, company, customer name, client name, full name, customer, account, 名称, "
        "客户名称, 公司名称, 企业名称, 姓名, 客户, 公司, 客户姓名, 单位名称"
    ),
    ("accounts", "parent_id"): (
        "parent id, parent account, parent, subsidiary of, parent company, 上级客户, 母公司, 上级公司, 上级"
    ),
    ("accounts", "industry"): "industry, sector, vertical, branch, line of business, 行业, 所属行业, 行业类别",
    ("accounts", "size"): (
        "size, company size, employee band, employees band, employee range, size class, 规模, 企业规模, 公司规模, 人员规模"
    ),
    ("accounts", "region"): (
        "region, country, area, territory, state, province, location, office location, 地区, 区域, 省份, 大区, 国家, "
        "所在地区, 省, 城市"
    ),
    ("accounts", "source"): (
        "source, account source, lead source, channel, acquisition channel, origin, 来源, 客户来源, 渠道, 获客渠道"
    ),
    ("accounts", "created_at"): _CREATED,
    ("contacts", "name"): "name, contact name, full name, 姓名, 联系人姓名, 名称, 联系人",
    ("contacts", "role"): (
        "role, buyer role, decision role, buying role, role in decision, job title, title, position, job, 决策角色, "
        "角色, 职务, 职位"
    ),
    ("contacts", "opted_out"): (
        "opted out, opt out, do not contact, unsubscribed, do not email, has opted out of email, 拒绝联系, 退订, 勿扰"
    ),
    ("contacts", "created_at"): _CREATED,
    ("owners", "name"): "name, full name, sales agent, rep name, 姓名, 名称, 员工姓名, 销售员",
    ("owners", "team"): "team, manager, department, group, 团队, 部门, 小组",
    ("owners", "region"): "region, office, regional office, territory, 地区, 区域, 大区",
    ("owners", "valid_from"): "valid from, hired at, hire date, start date, 入职日期, 起始",
    ("owners", "valid_to"): "valid to, end date, left at, 离职日期, 截止",
    ("owners", "weekly_capacity"): "weekly capacity, capacity, visits per week, 每周可拜访数",
    ("targets", "month"): "month, period, date, 月份, 期间, 日期",
    ("targets", "team"): "team, department, 团队, 部门",
    ("targets", "amount"): "amount, target, quota, goal, 目标, 目标金额, 指标",
    ("opportunities", "source"): (
        "source, lead source, origin, lead origin, channel, utm source, original source, 来源, 线索来源, 渠道, 商机来源"
    ),
    ("opportunities", "opened_at"): _CREATED
    + ", "
    + (
        "opened at, open date, opened, engage date, enquiry date, first contact date, contact date, application date, "
        "date, 开启时间, 立项日期, 立项时间, 商机日期, 线索时间, 日期"
    ),
    ("opportunities", "expected_close_at"): (
        "expected close at, expected close date, expected close, close date expected, estimated close date, est close "
        "date, date deadline, expected closing, target close date, 预计成交日, 预计成交日期, 预计签约日期, 预计结单日期, "
        "预计关闭日期"
    ),
    ("opportunities", "closed_at"): (
        "closed at, close date, closed, closed date, actual close date, closing date, won date, won time, lost date, lost time, "
        "converted "
        "at, converted date, conversion date, conversion timestamp, conversion time, date closed, end date, decision "
        "date, 结束时间, 关单时间, 关单日期, 结单时间, 赢单时间, 输单时间, 输单日期, 丢单时间, 关闭时间, "
        "关闭日期, 成交日期, 结单日期, 签约日期, 赢单日期, 转化时间, 转化日期, 结束日期, 成交时间"
    ),
    ("opportunities", "outcome"): (
        "outcome, is won, won, converted, is converted, conversion, result, close outcome, deal outcome, deal stage, "
        "stage, status, state code, purchased, bought, sold, target, label, sales stage, stage name, lead status, "
        "subscribed, deposit, y, success, response, accepted, 结果, 是否成交, 是否转化, 成交, 赢单, 商机结果, "
        "商机状态, 阶段, 状态, 商机阶段, 是否签约, 最终结果, 转化"
    ),
    ("opportunities", "amount"): (
        "amount, deal amount, value, deal value, expected revenue, est revenue, estimated value, estimated "
        "acv, acv, arr, close "
        "value, planned revenue, budget, 金额, 预计金额, 商机金额, 预算, 预计成交金额"
    ),
    ("opportunities", "referred_by_id"): "referred by id, referred by, referrer, 推荐人, 介绍人",
    ("interactions", "kind"): (
        "kind, type, activity type, channel, event type, event, action, method, interaction type, touch type, session "
        "type, category, subject, 类型, 跟进方式, 方式, 活动类型, 联系方式, 沟通方式, 跟进类型, 拜访方式, 行为"
    ),
    ("interactions", "direction"): "direction, inbound, call direction, incoming outgoing, 方向, 呼叫方向",
    ("interactions", "duration_s"): (
        "duration, duration seconds, duration s, duration minutes, call duration, length, session duration, talk "
        "time, time spent, 时长, 通话时长, 时长分钟, 时长秒, 持续时间"
    ),
    ("interactions", "sentiment"): "sentiment, sentiment score, 情绪, 情感得分",
    ("interactions", "note"): (
        "note, comment, description, text, body, remark, content, summary, 备注, 内容, 跟进内容, 说明, 记录, 纪要, 摘要"
    ),
    ("interactions", "occurred_at"): _OCCURRED
    + ", "
    + ("activity date, activity timestamp, start time, started at, visited at, 跟进时间, 跟进日期, 拜访日期, 拜访时间, 通话时间"),
    ("stage_changes", "stage"): "stage, new stage, to stage, stage name, status, new value, 阶段, 新阶段, 变更后阶段",
    ("needs", "type"): "type, need type, 需求类型, 类型",
    ("needs", "priority"): "priority, urgency, 优先级, 紧急程度",
    ("quotes", "competitor"): "competitor, rival, 竞争对手, 竞品",
    ("orders", "occurred_at"): _OCCURRED
    + ", "
    + (
        "order date, ordered at, purchase date, date purchased, invoice date, transaction date, transaction "
        "timestamp, sale date, created at, date order, booked at, purchase timestamp, order purchase timestamp, "
        "下单时间, 下单日期, 订单日期, 交易日期, 购买日期, 消费日期, 开票日期, 销售日期, 交易时间"
    ),
    ("orders", "discount"): "discount, discount amount, rebate, 折扣, 优惠, 优惠金额, 折扣金额",
    ("order_lines", "product_id"): (
        "product id, sku, item id, stock code, product code, article, product, item, asin, upc, 产品编号, 商品编号, "
        "产品编码, 商品编码, 物料编码, 产品, 商品"
    ),
    ("order_lines", "category"): (
        "category, product category, product group, product line, product type, department, family, 产品类别, 品类, "
        "类别, 商品类别, 产品线, 产品类型"
    ),
    ("order_lines", "quantity"): ("quantity, qty, units, pieces, count, number of items, product uom qty, 数量, 件数, 个数"),
    ("payments", "occurred_at"): _OCCURRED
    + ", "
    + ("paid at, payment date, received date, 回款日期, 付款日期, 到账日期, 收款日期"),
    ("payments", "due_at"): "due at, due date, due, 应付日, 到期日, 应收日期, 应回款日期",
    ("contracts", "starts_at"): (
        "starts at, start date, start, begin date, effective date, valid from, 开始, 开始日期, 生效日期, 起始日期, 起始日"
    ),
    ("contracts", "ends_at"): (
        "ends at, end date, end, expiry date, expires at, expiration date, valid to, termination date, 结束, "
        "结束日期, 到期日期, 到期日, 终止日期, 截止日期"
    ),
    ("contracts", "renewed_at"): "renewed at, renewal date, 续签时间, 续约日期, 续签日期",
    ("cases", "occurred_at"): _OCCURRED
    + ", "
    + ("opened at, created at, open date, reported at, 投诉日期, 投诉时间, 提交时间, 创建时间"),
    ("cases", "resolved_at"): (
        "resolved at, resolved on, resolved, date resolved, closed at, closed on, solved at, resolution "
        "date, close date, 解决时间, 解决日期, 关闭时间, 完成时间"
    ),
    ("cases", "severity"): "severity, priority, urgency, level, 严重程度, 优先级, 等级, 级别",
    ("cases", "kind"): "kind, type, category, reason, issue type, 类型, 投诉类型, 问题类型, 类别",
    ("surveys", "service_quality"): "service quality, service score, 服务质量",
    ("surveys", "product_quality"): "product quality, quality score, 产品质量",
    ("surveys", "service_attitude"): "service attitude, attitude, 服务态度",
    ("surveys", "after_sales"): "after sales, after sale support, support score, 售后, 售后支持, 售后服务",
    ("surveys", "recommend"): (
        "recommend, nps, nps score, likelihood to recommend, willingness to recommend, 推荐意愿, 推荐度, 推荐"
    ),
    ("judgements", "subject"): "subject, dimension, item, criterion, 评分项, 维度",
    ("judgements", "score"): "score, rating, points, 得分, 评分, 分数",
    ("field_history", "table"): "table, object, entity, 表, 对象",
    ("field_history", "entity_id"): "entity id, record id, object id, parent id, 编号, 记录编号",
    ("field_history", "field"): "field, field name, column, attribute, 字段, 字段名",
    ("field_history", "value"): "value, new value, 新值, 变更后",
}
