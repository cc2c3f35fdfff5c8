"""What Kafka's refusals tell people to do."""

from __future__ import annotations

from confluent_kafka import KafkaError

from ingest.kafka.errors import KafkaRefused, failure


def test_a_wrong_number_of_partitions_is_explained_for_new_and_grown_topics() -> None:
    refused = failure(KafkaError(KafkaError.INVALID_PARTITIONS))

    assert isinstance(refused, KafkaRefused)
    assert "at least one" in refused.hint
    assert "never taken away" in refused.hint
