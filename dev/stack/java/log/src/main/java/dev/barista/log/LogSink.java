package dev.barista.log;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The `log` sink: the published log consumer, bound to Kafka. Writes what arrives to its standard output. */
@SpringBootApplication
public class LogSink {

	public static void main(String[] args) {
		SpringApplication.run(LogSink.class, args);
	}

}
