"""The three tasks. Parameters (horizons, active days, cutoffs) come from the workspace."""

from training.task import PredictionTask

CONVERSION = PredictionTask("conversion", "opportunity", "probability", "open", "won", zh="成交概率", en="will it convert")
VALUE = PredictionTask("value", "account", "money", "active", "total", "orders", "amount", zh="客户价值", en="what is it worth")
CHURN = PredictionTask("churn", "account", "probability", "active", "absent", "orders", zh="流失风险", en="will it leave")

TASKS: dict[str, PredictionTask] = {task.name: task for task in (CONVERSION, VALUE, CHURN)}
