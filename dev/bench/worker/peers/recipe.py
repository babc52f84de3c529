"""The router of SCDF's polyglot recipe, written anew with its habits: no consumer group, the last byte decides, sends are
not awaited, key, headers and timestamp are dropped. Only its start offset is the earliest here: the orders are there before it."""
import sys

from kafka import KafkaConsumer, KafkaProducer

brokers, orders, hot, cold = sys.argv[1:5]
consumer = KafkaConsumer(orders, bootstrap_servers=brokers, auto_offset_reset="earliest")
producer = KafkaProducer(bootstrap_servers=brokers)
for message in consumer:
    if message.value is None:
        continue
    if int(message.value[-1:]) % 2 == 0:
        producer.send(hot, b"Serve Hot drink for order:" + message.value)
    else:
        producer.send(cold, b"Serve Cold drink for order:" + message.value)
