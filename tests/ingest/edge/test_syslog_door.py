"""POST /api/syslog as a sender sees it, with Kafka and the tokens played."""

from __future__ import annotations

from tests.ingest.edge.senders import FakeEdge, post

PATH = "/api/syslog"
LINES = b"<85>1 - web-1 sshd - - - one\n<13>1 - web-1 app - - - two\n"


async def test_it_accepts_lines_and_answers_like_the_sites_own_door() -> None:
    edge = FakeEdge()

    reply = await post(edge, LINES, {"content-type": "text/plain"}, path=PATH)

    assert reply.status == 202
    assert (reply.json["accepted"], reply.json["rejected"]) == (2, 0)
    assert reply.json["receipt"]
    assert [key for _, key, _ in edge.kafka.sent] == [b"sshd/web-1", b"app/web-1"]


async def test_it_names_what_it_rejects_by_its_place() -> None:
    reply = await post(FakeEdge(), LINES + b'{"host": "a"}\n', path=PATH)

    (result,) = reply.json["results"]
    assert (result["index"], result["code"]) == (2, "no_message")


async def test_it_is_busy_while_kafka_is_away() -> None:
    edge = FakeEdge()
    edge.kafka.away = True

    reply = await post(edge, LINES, path=PATH)

    assert (reply.status, reply.code) == (503, "brokers_unavailable")
    assert reply.headers["retry-after"].isdigit()


async def test_a_key_names_its_lines() -> None:
    edge = FakeEdge()

    for _ in range(2):
        await post(edge, LINES, {"idempotency-key": "k"}, path=PATH)

    names = [(headers or {})["request"] for *_, headers in edge.kafka.sent]
    assert names[:2] == names[2:]
    assert len(set(names)) == 2
