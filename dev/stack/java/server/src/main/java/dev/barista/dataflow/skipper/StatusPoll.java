package dev.barista.dataflow.skipper;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import javax.annotation.PostConstruct;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.cloud.skipper.domain.StatusCode;

/**
 * Writes down what the platform says of releases, for those questions that are answered without asking it (`list`,
 * `history`). As upstream: young releases every 5 s, all of them every 10 min, so what is read may be old.
 */
class StatusPoll implements AutoCloseable {

	private static final Logger log = LoggerFactory.getLogger(StatusPoll.class);

	private static final Duration PERIOD = Duration.ofSeconds(5);

	private static final Duration YOUNG = Duration.ofMinutes(2);

	private static final Duration FULL_PERIOD = Duration.ofMinutes(10);

	private final ReleaseStore releases;

	private final ReleaseStatus status;

	private final DownSwitch down;

	private final Clock clock;

	private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
		Thread thread = new Thread(task, "status-poll");
		thread.setDaemon(true);
		return thread;
	});

	private long nextFullPoll;

	StatusPoll(ReleaseStore releases, ReleaseStatus status, DownSwitch down, Clock clock) {
		this.releases = releases;
		this.status = status;
		this.down = down;
		this.clock = clock;
	}

	@PostConstruct
	void start() {
		this.executor.scheduleWithFixedDelay(this::poll, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

	private void poll() {
		if (this.down.isDown()) {
			return;
		}
		long now = this.clock.millis();
		boolean full = now >= this.nextFullPoll;
		if (full) {
			this.nextFullPoll = now + FULL_PERIOD.toMillis();
		}
		long young = now - YOUNG.toMillis();
		this.releases.all(release -> isPolled(release) && (full || deployedAt(release) > young)).forEach(this::refresh);
	}

	private void refresh(ReleaseRecord seen) {
		try {
			String platformStatus = this.status.of(seen).getInfo().getStatus().getPlatformStatus();
			this.releases.update(seen, current -> {
				// It may have been deleted or replaced since; then this is no longer about it.
				if (current.is(seen.statusCode())) {
					current.release().getInfo().getStatus().setPlatformStatus(platformStatus);
				}
				return current;
			});
		}
		catch (RuntimeException e) {
			log.warn("Status of {} version {}: {}", seen.name(), seen.version(), e.getMessage());
		}
	}

	private static boolean isPolled(ReleaseRecord release) {
		return release.is(StatusCode.DEPLOYED) || release.is(StatusCode.FAILED);
	}

	private static long deployedAt(ReleaseRecord release) {
		return release.release().getInfo().getLastDeployed().getTime();
	}

}
