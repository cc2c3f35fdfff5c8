#!/bin/sh
# Starts node N of a KRaft cluster in pod kafka-N; NODES says how many there are.
set -eu
kafka=${KAFKA_HOME:-/opt/kafka}
node=${HOSTNAME##*-}
replicas=$((NODES < 3 ? NODES : 3))
in_sync=$((replicas > 1 ? replicas - 1 : 1))
file=/tmp/server.properties

voters=0@kafka-0.kafka:9093
other=1
while [ "$other" -lt "$NODES" ]; do
    voters=$voters,$other@kafka-$other.kafka:9093
    other=$((other + 1))
done

cat "${KAFKA_PROPERTIES:-/etc/logsite/server.properties}" - > "$file" <<END
node.id=$node
controller.quorum.voters=$voters
advertised.listeners=PLAINTEXT://kafka-$node.kafka:9092
default.replication.factor=$replicas
min.insync.replicas=$in_sync
offsets.topic.replication.factor=$replicas
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$in_sync
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$in_sync
END

"$kafka/bin/kafka-storage.sh" format --ignore-formatted -t "$CLUSTER_ID" -c "$file"
exec "$kafka/bin/kafka-server-start.sh" "$file"
