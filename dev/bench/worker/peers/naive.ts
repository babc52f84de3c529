/** The router as one writes it first on kafkajs: message by message, each send awaited. */
import kafkajs from 'kafkajs';

const [brokers = '', orders = '', hot = '', cold = '', group = ''] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  clientId: 'naive',
  brokers: brokers.split(','),
  logLevel: kafkajs.logLevel.NOTHING,
});
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
const consumer = kafka.consumer({ groupId: group });
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topic: orders, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message: { key, value, headers, timestamp } }) => {
    const isEven = Number(value?.at(-1)) % 2 === 0;
    const drink = isEven ? 'Serve Hot drink for order' : 'Serve Cold drink for order';
    await producer.send({
      topic: isEven ? hot : cold,
      messages: [{ key, value: drink, timestamp, ...(headers === undefined ? {} : { headers }) }],
    });
  },
});
