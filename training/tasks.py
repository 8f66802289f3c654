"""The three tasks. Parameters (horizons, active days, cutoffs) come from the workspace."""

from features.population import Population
from training.task import PredictionTask
from workspace.workspace import AccountTask, DatelessCutoffs, Workspace

CONVERSION = PredictionTask("conversion", "opportunity", "probability", "open", "won", zh="成交概率", en="will it convert")
VALUE = PredictionTask("value", "account", "money", "active", "total", "orders", "amount", zh="客户价值", en="what is it worth")
CHURN = PredictionTask("churn", "account", "probability", "active", "absent", "orders", zh="流失风险", en="will it leave")

TASKS: dict[str, PredictionTask] = {task.name: task for task in (CONVERSION, VALUE, CHURN)}


def population_of(workspace: Workspace, task: str) -> Population:
    """Whom a task is about with the workspace's parameters; raises ForesaleError when they are not set."""
    config, declared = workspace.parameters(task), TASKS[task]
    active_days = config.active_days if isinstance(config, AccountTask) else None
    undated = isinstance(config.cutoffs, DatelessCutoffs)
    return Population(declared.entity, config.horizon_days, declared.stream, active_days, undated)
