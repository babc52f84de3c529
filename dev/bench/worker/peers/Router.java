import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

/** The router on Kafka Streams, at least once, one thread, tuned: linger 10 ms, batches of 128 KiB, polls of 5000. Keeps key, headers and timestamp. */
class Router {
  static final byte[] HOT = "Serve Hot drink for order".getBytes(StandardCharsets.UTF_8);
  static final byte[] COLD = "Serve Cold drink for order".getBytes(StandardCharsets.UTF_8);

  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.putAll(Map.of(
        StreamsConfig.APPLICATION_ID_CONFIG, args[4],
        StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0],
        StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1,
        StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir") + "/" + args[4],
        StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest",
        StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5000,
        StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 10,
        StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 << 10));
    StreamsBuilder builder = new StreamsBuilder();
    KStream<byte[], byte[]> orders = builder.stream(args[1], Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()));
    Produced<byte[], byte[]> bytes = Produced.with(Serdes.ByteArray(), Serdes.ByteArray());
    orders.split()
        .branch((key, value) -> value[value.length - 1] % 2 == 0,
            Branched.withConsumer(even -> even.mapValues(value -> HOT).to(args[2], bytes)))
        .defaultBranch(Branched.withConsumer(odd -> odd.mapValues(value -> COLD).to(args[3], bytes)));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }
}
