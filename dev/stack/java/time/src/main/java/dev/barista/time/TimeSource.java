package dev.barista.time;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The `time` source: the published time supplier, bound to Kafka. Sends the time of day, each second by default. */
@SpringBootApplication
public class TimeSource {

	public static void main(String[] args) {
		SpringApplication.run(TimeSource.class, args);
	}

}
