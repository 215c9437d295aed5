"""Who may read which order."""

import pytest

from kernel.ids import new_id
from orders.errors import OrderNotFound
from tests.unit.orders.support import CUSTOMER, GUEST, OTHER, STAFF, Orders


def test_the_owner_and_staff_read_an_order_and_others_find_nothing(shop: Orders) -> None:
    order_id = shop.placed()
    assert shop.access.order(order_id, CUSTOMER).order_id == order_id
    assert shop.access.order(order_id, STAFF).order_id == order_id
    for caller in (OTHER, GUEST):
        with pytest.raises(OrderNotFound):
            shop.access.order(order_id, caller)
        with pytest.raises(OrderNotFound):
            shop.access.order(order_id, caller, shop.links.token(order_id))


def test_a_guest_reads_the_one_order_that_the_token_opens(shop: Orders) -> None:
    mine, other = (shop.placed(caller=GUEST, email="g@example.com") for _ in range(2))
    token = shop.links.token(mine)
    assert shop.access.order(mine, GUEST, token).order_id == mine
    assert shop.access.order(mine, CUSTOMER, token).order_id == mine
    for order_id, given in ((other, token), (mine, None), (mine, ""), (mine, token[:-1] + "~")):
        with pytest.raises(OrderNotFound):
            shop.access.order(order_id, GUEST, given)


def test_what_is_no_order_id_is_not_looked_up(shop: Orders) -> None:
    for order_id in ("ORDER", "ord_x", "IDEMPOTENCY#1", new_id("ord")):
        with pytest.raises(OrderNotFound):
            shop.access.order(order_id, STAFF)
