"""GET /payments/{payment_id}: one payment, for its owner or staff."""

from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings
from payments import bootstrap
from payments.errors import PaymentNotFound
from payments.views import PaymentView, payment_view

read = bootstrap.read_payment(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/payments/{payment_id}",
        summary="Look at a payment",
        response=PaymentView,
        scopes=frozenset({"payments:read"}),
        errors=(PaymentNotFound,),
        headers={"ETag": "The version of the payment"},
    )
)


@app.handler
def get_payment(payment_id: str, request: Request) -> Reply:
    payment = read(payment_id, request.caller.user_id, staff=request.caller.is_staff)
    return Reply(payment_view(payment), headers={"ETag": etag.of_version(payment.version)})
