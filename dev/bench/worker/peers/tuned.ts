/** The router on kafkajs as published, tuned: batches, rounds of 1000 with a partition of their own, offsets committed once a second after the acknowledgement. */
import kafkajs from 'kafkajs';

const ROUND = 1000;
const [brokers = '', orders = '', hot = '', cold = '', group = ''] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  clientId: 'tuned',
  brokers: brokers.split(','),
  logLevel: kafkajs.logLevel.NOTHING,
});
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
const consumer = kafka.consumer({
  groupId: group,
  maxBytesPerPartition: 1 << 20,
  maxBytes: 4 << 20,
  minBytes: 1,
  maxWaitTimeInMs: 500,
});

function drinkOf({ key, value, headers, timestamp }: kafkajs.KafkaMessage, text: string, partition: number) {
  return {
    key,
    value: value === null ? null : text,
    timestamp,
    partition,
    ...(headers === undefined ? {} : { headers }),
  };
}

await producer.connect();
await consumer.connect();
await consumer.subscribe({ topic: orders, fromBeginning: true });
await consumer.run({
  eachBatchAutoResolve: false,
  autoCommitInterval: 1000,
  partitionsConsumedConcurrently: 4,
  eachBatch: async (payload) => {
    const { batch } = payload;
    const partition = batch.partition % 2;
    for (let from = 0; from < batch.messages.length; from += ROUND) {
      if (!payload.isRunning() || payload.isStale()) break;
      const round = batch.messages.slice(from, from + ROUND);
      const isEven = ({ value }: kafkajs.KafkaMessage): boolean => Number(value?.at(-1)) % 2 === 0;
      const pour = (topic: string, text: string, even: boolean) => {
        const messages = round.filter((each) => isEven(each) === even);
        return { topic, messages: messages.map((each) => drinkOf(each, text, partition)) };
      };
      const topicMessages = [
        pour(hot, 'Serve Hot drink for order', true),
        pour(cold, 'Serve Cold drink for order', false),
      ];
      await producer.sendBatch({
        acks: -1,
        topicMessages: topicMessages.filter((each) => each.messages.length > 0),
      });
      payload.resolveOffset(round.at(-1)?.offset ?? '');
      await payload.heartbeat();
      await payload.commitOffsetsIfNecessary();
    }
  },
});
