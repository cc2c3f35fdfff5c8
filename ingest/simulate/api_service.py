"""api-service: the shop's HTTP interface. Busy in the afternoon, slow databases."""

from __future__ import annotations

from typing import Final

from ingest.simulate.service import Repertoire, Said, Service, Visit

ROUTES: Final = (
    ("GET", "/api/products", 18),
    ("GET", "/api/products/{id}", 12),
    ("GET", "/api/cart", 25),
    ("POST", "/api/cart/items", 40),
    ("POST", "/api/orders", 120),
    ("GET", "/api/orders/{id}", 30),
    ("PUT", "/api/profile", 55),
)
_TRACE: Final = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line {line}, in place_order
    connection = pool.acquire(timeout=5)
  File "/srv/shop/pool.py", line 88, in acquire
    raise PoolTimeout(self.size)
shop.pool.PoolTimeout: all {size} connections are in use"""


def answered(visit: Visit) -> Said:
    return _answer(visit, visit.random.choice((200, 200, 200, 200, 201, 204, 304)))


def refused(visit: Visit) -> Said:
    return _answer(visit, visit.random.choice((400, 401, 403, 404, 404, 409, 422)))


def failed(visit: Visit) -> Said:
    return _answer(visit, visit.random.choice((500, 502, 503, 504)), slower=20)


def cache_missed(visit: Visit) -> Said:
    key = f"product:{visit.random.randrange(1, 5_000)}"
    return Said("DEBUG", f"cache miss for {key}", {"cache": "products", "key": key})


def slow_query(visit: Visit) -> Said:
    took = visit.latency_ms(900)
    rows = visit.random.randrange(1, 20_000)
    message = f"slow query on orders took {took} ms and returned {rows} rows"
    return Said("WARN", message, {"latency_ms": took, "rows": rows, "table": "orders"})


def no_connection(visit: Visit) -> Said:
    size = visit.random.choice((20, 40))
    trace = _TRACE.format(line=visit.random.randrange(40, 90), size=size)
    message = f"order of {visit.user} failed: no database connection\n{trace}"
    return Said("ERROR", message, {"user": visit.user, "pool_size": size})


def upstream_timed_out(visit: Visit) -> Said:
    took = 5_000 + visit.random.randrange(40)
    message = f"upstream payment-service timed out after {took} ms"
    metadata = {"upstream": "payment-service", "latency_ms": took, "status": 504}
    return Said("ERROR", message, metadata)


def _answer(visit: Visit, status: int, slower: float = 1) -> Said:
    method, route, usual_ms = visit.random.choice(ROUTES)
    path = route.replace("{id}", str(visit.random.randrange(1, 9_999)))
    took = visit.latency_ms(usual_ms * slower)
    level = "ERROR" if status >= 500 else "WARN" if status >= 400 else "INFO"
    metadata = {
        "user": visit.user,
        "method": method,
        "route": route,
        "status": status,
        "latency_ms": took,
        "client": visit.address(),
    }
    return Said(level, f"{method} {path} {status} in {took} ms", metadata)


SERVICE: Final = Service(
    name="api-service",
    instances=("api-1", "api-2", "api-3"),
    share=0.6,
    peak_hour=15,
    usual=Repertoire(
        {answered: 88, refused: 5, cache_missed: 5, slow_query: 1.5, failed: 0.5}
    ),
    episodes={
        "database": Repertoire({no_connection: 3, slow_query: 4, failed: 3}),
        "upstream": Repertoire({upstream_timed_out: 6, failed: 4}),
    },
)
