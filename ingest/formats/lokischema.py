"""Loki's push messages, declared as grafana/loki publishes them in pkg/push/push.proto.

Only what senders fill in: other fields are passed over, as protobuf does with unknown
ones.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_TEXT: Final = FieldDescriptorProto.TYPE_STRING
_MESSAGE: Final = FieldDescriptorProto.TYPE_MESSAGE
_ONE: Final = FieldDescriptorProto.LABEL_OPTIONAL
_MANY: Final = FieldDescriptorProto.LABEL_REPEATED

# Message: its fields, by name: number, label, message type ("" = text).
_MESSAGES: Final[dict[str, dict[str, tuple[int, Any, str]]]] = {
    "PushRequest": {"streams": (1, _MANY, ".logproto.StreamAdapter")},
    "StreamAdapter": {
        "labels": (1, _ONE, ""),
        "entries": (2, _MANY, ".logproto.EntryAdapter"),
    },
    "EntryAdapter": {
        "timestamp": (1, _ONE, ".google.protobuf.Timestamp"),
        "line": (2, _ONE, ""),
        "structuredMetadata": (3, _MANY, ".logproto.LabelPairAdapter"),
    },
    "LabelPairAdapter": {"name": (1, _ONE, ""), "value": (2, _ONE, "")},
}


def _file() -> FileDescriptorProto:
    file = FileDescriptorProto(name="push.proto", package="logproto", syntax="proto3")
    file.dependency.append(timestamp_pb2.DESCRIPTOR.name)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, label, of) in fields.items():
            kind = _MESSAGE if of else _TEXT
            message.field.add(
                name=field, number=number, label=label, type=kind, type_name=of or None
            )
    return file


def _push_request() -> Any:
    """A class whose fields are known when it runs only, so without types."""
    pool = DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(_file())
    return GetMessageClass(pool.FindMessageTypeByName("logproto.PushRequest"))


PushRequest: Final = _push_request()
