"""The router on librdkafka: chunks of 1000 of which up to 8 are in flight; offsets are committed when a chunk is acknowledged. Key, headers and
timestamp are kept."""
import sys
from collections import deque

from confluent_kafka import Consumer, Producer, TopicPartition

CHUNK = 1000
IN_FLIGHT = 8
brokers, orders, hot, cold, group = sys.argv[1:6]
consumer = Consumer({
    "bootstrap.servers": brokers, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
})
producer = Producer({"bootstrap.servers": brokers, "acks": "all", "linger.ms": 5, "queue.buffering.max.messages": 1_000_000})
consumer.subscribe([orders])


class Chunk:
    """Where it ends on each partition, and how much of it is not acknowledged yet."""

    def __init__(self):
        self.ends = {}
        self.left = 0

    def acknowledged(self, error, _message):
        if error is not None:
            raise SystemExit(str(error))
        self.left -= 1


chunks = deque()


def serve(messages):
    chunk = Chunk()
    chunk.left = len(messages)
    chunks.append(chunk)
    for message in messages:
        if message.error():
            raise SystemExit(str(message.error()))
        even = int(message.value()[-1:]) % 2 == 0
        producer.produce(
            hot if even else cold,
            b"Serve Hot drink for order" if even else b"Serve Cold drink for order",
            key=message.key(), headers=message.headers(), timestamp=message.timestamp()[1],
            partition=message.partition() % 2, on_delivery=chunk.acknowledged,
        )
        chunk.ends[message.partition()] = message.offset() + 1


while True:
    batch = consumer.consume(CHUNK, timeout=0.1)
    if batch:
        serve(batch)
    producer.poll(0)
    while chunks and (chunks[0].left == 0 or len(chunks) > IN_FLIGHT):
        if chunks[0].left > 0:
            producer.poll(0.01)
            continue
        ends = chunks.popleft().ends
        consumer.commit(offsets=[TopicPartition(orders, p, o) for p, o in ends.items()], asynchronous=True)
