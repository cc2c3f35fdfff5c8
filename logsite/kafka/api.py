"""/api/topics and /api/groups: everybody who may read sees, admins change."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from ingest.edge.auth import Grant
from ingest.errors import Forbidden
from ingest.kafka.errors import KafkaRefused
from ingest.kafka.resets import read_target
from ingest.kafka.shapes import Group, Snapshot, Topic
from ingest.kafka.topics import Wanted, refuse_kept
from logsite.accounts.models import Scope
from logsite.audit.actors import Actor
from logsite.kafka import cluster
from logsite.kafka.schemas import (
    DeletedOut,
    DoneOut,
    GroupDetailOut,
    GroupsOut,
    ResetIn,
    ResetOut,
    Shape,
    TopicChangeIn,
    TopicDetailOut,
    TopicIn,
    TopicsOut,
)

router = Router(tags=["kafka"])


@router.get("/topics", response=TopicsOut, summary="Brokers and topics")
def list_topics(request: HttpRequest) -> Shape:
    """As `watch` saw them a few seconds ago."""
    seen = cluster.newest()
    if seen is None:
        empty: list[Any] = []
        return dict.fromkeys(("brokers", "topics", "problems"), empty) | {
            "at": None,
            "controller": None,
        }
    rates = cluster.rates_at(seen)
    return {**vars(seen), "topics": [_topic(one, rates) for one in seen.topics]}


@router.post("/topics", response={200: DoneOut, 201: DoneOut}, summary="Create a topic")
def create_topic(request: HttpRequest, asked: TopicIn) -> Status[Shape]:
    """With `dry_run` Kafka says whether it would, and the status is 200."""
    by = _admin(request)
    wanted = Wanted(asked.name, asked.partitions, asked.replication, asked.settings)
    cluster.create_topic(by, wanted, asked.dry_run)
    done = {"name": asked.name, "dry_run": asked.dry_run}
    return Status(200 if asked.dry_run else 201, done)


@router.get("/topics/{name}", response=TopicDetailOut, summary="One topic")
def show_topic(request: HttpRequest, name: str) -> Shape:
    """Its partitions, who reads it, and its settings as they are now."""
    seen, topic = _seen_topic(cluster.newest(), name)
    return {
        "at": seen.at,
        "name": name,
        "partitions": topic.partitions,
        "groups": seen.readers(name),
        "settings": cluster.settings_of(name),
    }


@router.patch("/topics/{name}", response=DoneOut, summary="Alter a topic")
def alter_topic(request: HttpRequest, name: str, asked: TopicChangeIn) -> Shape:
    """Add partitions, set settings; what is not named stays as it is."""
    by = _admin(request)
    cluster.alter_topic(by, name, asked.partitions, asked.settings, asked.dry_run)
    return {"name": name, "dry_run": asked.dry_run}


@router.delete("/topics/{name}", response=DeletedOut, summary="Delete a topic")
def delete_topic(request: HttpRequest, name: str, dry_run: bool = False) -> Shape:
    """With all its messages; the answer says how many that were, and who read them."""
    by = _admin(request)
    refuse_kept(name, cluster.kept_topics())
    seen, topic = _seen_topic(cluster.look_now(), name)
    if not dry_run:
        cluster.delete_topic(by, name)
    return {
        "name": name,
        "dry_run": dry_run,
        "messages": topic.messages,
        "partitions": len(topic.partitions),
        "groups": seen.readers(name),
    }


@router.get("/groups", response=GroupsOut, summary="Consumer groups with their lag")
def list_groups(request: HttpRequest) -> Shape:
    """As `watch` saw them a few seconds ago."""
    seen = cluster.newest()
    if seen is None:
        return {"at": None, "groups": []}
    return {"at": seen.at, "groups": seen.groups}


# Before the address of a group: its name may hold a slash.
@router.post("/groups/{path:name}/reset", response=ResetOut, summary="Reset a group")
def reset_group(request: HttpRequest, name: str, asked: ResetIn) -> Shape:
    """Set its offsets in one topic elsewhere; it must have no members."""
    by = _admin(request)
    target = read_target(asked.to)
    moved = cluster.reset_group(by, name, asked.topic, target, asked.dry_run)
    return {
        "group": name,
        "topic": asked.topic,
        "dry_run": asked.dry_run,
        "partitions": moved,
    }


@router.get("/groups/{path:name}", response=GroupDetailOut, summary="One group")
def show_group(request: HttpRequest, name: str) -> Shape:
    """Where it stands in every partition."""
    seen = cluster.newest()
    group = seen.group(name) if seen else None
    if seen is None or group is None:
        raise KafkaRefused(404, "no_such_group", f"There is no group {name}.")
    return {**_group(group), "at": seen.at, "partitions": group.readings}


def _seen_topic(seen: Snapshot | None, name: str) -> tuple[Snapshot, Topic]:
    topic = seen.topic(name) if seen else None
    if seen is None or topic is None:
        raise KafkaRefused(404, "no_such_topic", f"There is no topic {name}.")
    return seen, topic


def _topic(topic: Topic, rates: dict[str, float]) -> Shape:
    return {
        "name": topic.name,
        "is_internal": topic.is_internal,
        "partitions": len(topic.partitions),
        "replication": topic.replication,
        "under_replicated": topic.under_replicated,
        "leaderless": topic.leaderless,
        "messages": topic.messages,
        "rate": rates.get(topic.name),
    }


def _group(group: Group) -> Shape:
    counted = {"topics": group.topics, "lag": group.lag, "lost": group.lost}
    return {**vars(group), **counted}


def _admin(request: HttpRequest) -> Actor:
    """Who changes something; readers are refused."""
    who: Any = request.auth  # type: ignore[attr-defined]  # ninja's: token or person
    if Scope.ADMIN in who.scopes if isinstance(who, Grant) else who.is_staff:
        return Actor.of(request)
    raise Forbidden(
        "scope_missing",
        "You may look at the cluster, not change it.",
        "Use a token made with --scope admin, or an account of the staff.",
    )
