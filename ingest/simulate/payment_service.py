"""payment-service: charges and refunds. Busy in the evening, at a provider's mercy."""

from __future__ import annotations

from typing import Any, Final

from ingest.simulate.service import Repertoire, Said, Service, Visit

_CURRENCIES: Final = ("EUR", "USD", "KRW", "GBP")
_PROVIDERS: Final = ("northpay", "cardhub")
_REASONS: Final = ("insufficient funds", "card expired", "3-D Secure failed")
_TRACE: Final = """\
com.shop.pay.GatewayException: no answer from {provider}
\tat com.shop.pay.Gateway.charge(Gateway.java:{line})
\tat com.shop.pay.Orders.pay(Orders.java:57)
\tat com.shop.pay.Worker.run(Worker.java:31)
Caused by: java.net.SocketTimeoutException: Read timed out
\tat java.base/java.net.Socket.read(Socket.java:975)
\t... 3 more"""


def charged(visit: Visit) -> Said:
    details = _charge(visit)
    amount = f"{details['amount']} {details['currency']}"
    return Said("INFO", f"charged {amount} for {details['order']}", details)


def refunded(visit: Visit) -> Said:
    details = _charge(visit)
    amount = f"{details['amount']} {details['currency']}"
    return Said("INFO", f"refunded {amount} for {details['order']}", details)


def told_shop(visit: Visit) -> Said:
    order, took = _order(visit), visit.latency_ms(60)
    metadata = {"order": order, "latency_ms": took, "status": 200}
    return Said("INFO", f"webhook for {order} delivered in {took} ms", metadata)


def checked_rules(visit: Visit) -> Said:
    order, score = _order(visit), visit.random.randrange(100)
    metadata = {"order": order, "score": score}
    return Said("DEBUG", f"fraud score of {order} is {score}", metadata)


def declined(visit: Visit) -> Said:
    reason = visit.random.choice(_REASONS)
    details = _charge(visit) | {"reason": reason}
    return Said("WARN", f"payment of {details['order']} declined: {reason}", details)


def retried(visit: Visit) -> Said:
    attempt = visit.random.randrange(2, 6)
    details = _charge(visit) | {"attempt": attempt}
    message = f"{details['provider']} is slow, attempt {attempt} for {details['order']}"
    return Said("WARN", message, details)


def provider_away(visit: Visit) -> Said:
    details = _charge(visit)
    trace = _TRACE.format(
        provider=details["provider"], line=visit.random.randrange(90, 140)
    )
    return Said("ERROR", f"charge of {details['order']} failed\n{trace}", details)


def deadlocked(visit: Visit) -> Said:
    order = _order(visit)
    metadata = {"order": order, "table": "ledger"}
    return Said("ERROR", f"deadlock on ledger while booking {order}", metadata)


def gave_up(visit: Visit) -> Said:
    waiting = visit.random.randrange(200, 2_000)
    message = f"worker stops: {waiting} charges are waiting and none goes through"
    return Said("FATAL", message, {"waiting": waiting})


def _order(visit: Visit) -> str:
    return f"order-{visit.random.randrange(10_000, 99_999)}"


def _charge(visit: Visit) -> dict[str, Any]:
    return {
        "user": visit.user,
        "order": _order(visit),
        "amount": visit.random.randrange(199, 49_999) / 100,
        "currency": visit.random.choice(_CURRENCIES),
        "provider": visit.random.choice(_PROVIDERS),
        "latency_ms": visit.latency_ms(240),
    }


SERVICE: Final = Service(
    name="payment-service",
    instances=("payment-1", "payment-2"),
    share=0.15,
    peak_hour=20,
    usual=Repertoire(
        {charged: 48, told_shop: 30, checked_rules: 14, refunded: 3, declined: 5}
    ),
    episodes={
        "provider": Repertoire({provider_away: 5, retried: 5, gave_up: 0.1}),
        "ledger": Repertoire({deadlocked: 6, retried: 3}),
    },
)
