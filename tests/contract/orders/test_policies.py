"""What each function of orders calls is what its policy allows: nothing is missing, nothing is left over."""

from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest

from kernel import aws
from orders.step_functions import StepFunctionsSagas
from tests.contract.orders import samples
from tests.contract.orders.test_operations import later
from tests.contract.orders.test_routes import history, listed
from tests.contract.orders.world import BODY, World
from tests.support.functions import FUNCTIONS
from tests.support.lambda_events import STAFF, LambdaContext
from tests.support.policies import granted_actions, recorded_actions

NAMED_OTHERWISE = {"lambda:Invoke": "lambda:InvokeFunction"}
GUEST_BODY = {**BODY, "email": "guest@example.com", "payment_method": None}


def placed(world: World, **fields: object) -> str:
    return str(world.place({**BODY, **fields}).body["order_id"])


def guest_token(world: World) -> tuple[str, str]:
    placed_by_guest = world.place(GUEST_BODY, who=None).body
    return placed_by_guest["order_id"], placed_by_guest["links"]["self"].partition("token=")[2]


def place(world: World) -> Callable[[], object]:
    return lambda: [world.place(GUEST_BODY, who=None, key="k") for _ in range(2)]


def get(world: World) -> Callable[[], object]:
    order_id, token = guest_token(world)
    return lambda: world.read(order_id, None, token=token)


def listing(world: World) -> Callable[[], object]:
    for _ in range(2):
        placed(world)
    return lambda: (listed(world, limit="1"), listed(world, STAFF))


def events(world: World) -> Callable[[], object]:
    order_id = placed(world)
    world.task("task_price_order", order_id=order_id)
    return lambda: history(world, order_id, limit="1")


def pay(world: World) -> Callable[[], object]:
    order_id, token = guest_token(world)
    world.task("task_await_payment", order_id=order_id, task_token="t")
    return lambda: [world.pay(order_id, key="p", who=None, token=token) for _ in range(2)]


def await_payment(world: World) -> Callable[[], object]:
    order_id = placed(world)
    return lambda: world.task("task_await_payment", order_id=order_id, task_token="t")


def step(name: str) -> Callable[[World], Callable[[], object]]:
    def prepare(world: World) -> Callable[[], object]:
        order_id = placed(world)
        if name == "task_fulfil_order":
            world.task("task_confirm_order", order_id=order_id)
        return lambda: world.task(name, order_id=order_id)

    return prepare


def redrive(world: World) -> Callable[[], object]:
    order_id = placed(world)
    world.task("task_park_order", order_id=order_id)
    return lambda: world.task("task_redrive_order", order_id=order_id)


def sweep(world: World) -> Callable[[], object]:
    with mock.patch.object(StepFunctionsSagas, "start"):
        placed(world)
    return later(world, 2)


def user_deleted(world: World) -> Callable[[], object]:
    world.task("task_cancel_order", order_id=placed(world), reason="r", detail="d")
    app = world.app("on_user_deleted")
    return lambda: app(samples.samples()["on_user_deleted"], LambdaContext())


def erasures(world: World) -> Callable[[], object]:
    order_id = placed(world)
    with mock.patch("orders.application.erase.AGAIN", timedelta()):
        world.app("on_user_deleted")(samples.samples()["on_user_deleted"], LambdaContext())
    world.task("task_cancel_order", order_id=order_id, reason="r", detail="d")
    app = world.app("sweep_erasures")
    return lambda: app({}, LambdaContext())


def relay(world: World) -> Callable[[], object]:
    app = world.app("relay_outbox")
    image = {"published": {"BOOL": True}, "source": {"S": "agora.orders"}, "name": {"S": "OrderPlaced"}}
    texts = {name: {"S": name} for name in ("id", "time", "aggregate_id", "correlation_id", "causation_id")}
    numbers = {"event_version": {"N": "1"}, "sequence": {"N": "1"}, "data": {"B": "eJyrrgUAAXUA+Q=="}}
    record = {"NewImage": {**image, **texts, **numbers, "sk": {"S": "EVENT#1"}}, "SequenceNumber": "1"}
    return lambda: app({"Records": [{"eventName": "INSERT", "dynamodb": record}]}, None)


DRIVEN: dict[str, Callable[[World], Callable[[], object]]] = {
    "place_order": place,
    "get_order": get,
    "list_orders": listing,
    "list_order_events": events,
    "pay_order": pay,
    "relay_outbox": relay,
    "task_price_order": step("task_price_order"),
    "task_confirm_order": step("task_confirm_order"),
    "task_fulfil_order": step("task_fulfil_order"),
    "task_cancel_order": step("task_cancel_order"),
    "task_park_order": step("task_park_order"),
    "task_await_payment": await_payment,
    "task_redrive_order": redrive,
    "task_rebuild_projection": step("task_rebuild_projection"),
    "sweep_orders": sweep,
    "on_user_deleted": user_deleted,
    "sweep_erasures": erasures,
}


def test_every_function_is_driven() -> None:
    assert set(DRIVEN) == {path.parent.name for path in (FUNCTIONS / "orders").glob("*/app.py")}


@pytest.mark.parametrize("function", DRIVEN)
def test_a_function_calls_what_its_policy_allows_and_nothing_else(world: World, function: str) -> None:
    run, woken = DRIVEN[function](world), []
    # The mock knows no task tokens but those of executions that run.
    waking = mock.patch.object(aws.client("stepfunctions"), "send_task_success", lambda **call: woken.append(call))
    with waking, recorded_actions() as called:
        run()
    called |= {"states:SendTaskSuccess"} if woken else set()
    assert {NAMED_OTHERWISE.get(action, action) for action in called} == granted_actions("orders", function)
