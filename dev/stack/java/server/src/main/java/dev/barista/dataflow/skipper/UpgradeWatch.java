package dev.barista.dataflow.skipper;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import javax.annotation.PostConstruct;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.cloud.skipper.domain.StatusCode;

/**
 * Ends upgrades in the background: when the new apps are healthy the old ones go, and when they are not in time the new
 * ones go. All it needs is in the store, so it goes on after a restart.
 */
class UpgradeWatch implements AutoCloseable {

	private static final Logger log = LoggerFactory.getLogger(UpgradeWatch.class);

	private final ReleaseStore releases;

	private final PlatformAccounts platforms;

	private final BusyReleases busy;

	private final DownSwitch down;

	private final Clock clock;

	private final long period;

	/** Names of releases to the version that is watched. Who takes an entry out ends that upgrade. */
	private final Map<String, Integer> watched = new ConcurrentHashMap<>();

	private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(2, task -> {
		Thread thread = new Thread(task, "upgrade-watch");
		thread.setDaemon(true);
		return thread;
	});

	/** @param period milliseconds between two looks at the apps of an upgrade */
	UpgradeWatch(ReleaseStore releases, PlatformAccounts platforms, BusyReleases busy, DownSwitch down, Clock clock,
			long period) {
		this.releases = releases;
		this.platforms = platforms;
		this.busy = busy;
		this.down = down;
		this.clock = clock;
		this.period = period;
	}

	/** Takes up again what a process before this one left under way. */
	@PostConstruct
	void resume() {
		for (ReleaseRecord release : this.releases.all(record -> record.upgrade() != null)) {
			log.info("Upgrade of {} to version {} was under way: watching it again", release.name(), release.version());
			this.busy.begin(release.name(), "UPGRADE", () -> null);
			follow(release.deploymentIds().isEmpty() ? interrupted(release) : release);
		}
	}

	private ReleaseRecord interrupted(ReleaseRecord release) {
		this.releases.update(release, current -> current.ended(StatusCode.FAILED, "Could not deploy app."));
		return this.releases.version(release.name(), release.version());
	}

	/** Watches an upgrade to its end. One that failed already ends here. */
	void follow(ReleaseRecord release) {
		if (release.upgrade() == null) {
			this.busy.end(release.name());
			return;
		}
		this.watched.put(release.name(), release.version());
		lookLater(release.name(), release.version());
	}

	/** @return whether there was something to cancel */
	boolean cancel(String name) {
		Integer version = this.watched.get(name);
		if (version == null || !this.watched.remove(name, version)) {
			return false;
		}
		ReleaseRecord release = this.releases.version(name, version);
		end(release, () -> giveUp(release,
				"Cancelled after %d ms.".formatted(this.clock.millis() - release.upgrade().startedAt())));
		return true;
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

	private void lookLater(String name, int version) {
		this.executor.schedule(() -> look(name, version), this.period, TimeUnit.MILLISECONDS);
	}

	private void look(String name, int version) {
		try {
			ReleaseRecord release = this.releases.version(name, version);
			Runnable ending = this.down.isDown() ? null : endingOf(release);
			if (ending == null) {
				lookLater(name, version);
			}
			else if (this.watched.remove(name, version)) {
				end(release, ending);
			}
		}
		catch (RuntimeException e) {
			log.warn("Looking at the upgrade of {}: {}", name, e.getMessage(), e);
			lookLater(name, version);
		}
	}

	/** What is to be done now, or null when it is too early to say. */
	private Runnable endingOf(ReleaseRecord release) {
		long timeout = release.upgrade().timeout();
		if (release.upgrade().accepted() || isHealthy(release)) {
			return () -> accept(release);
		}
		if (this.clock.millis() > release.upgrade().startedAt() + timeout) {
			return () -> giveUp(release,
					"Did not detect apps in replacing release as healthy after %d ms.".formatted(timeout));
		}
		return null;
	}

	private boolean isHealthy(ReleaseRecord release) {
		PlatformAccount account = this.platforms.of(release);
		return release.deploymentIds().values().stream().allMatch(account::isDeployed);
	}

	private void end(ReleaseRecord release, Runnable ending) {
		try {
			ending.run();
		}
		finally {
			this.busy.end(release.name());
		}
	}

	/** The old apps go, then both versions change their state at once, as in upstream's one transaction. */
	private void accept(ReleaseRecord release) {
		boolean again = release.upgrade().accepted();
		this.releases.update(release, ReleaseRecord::accepted);
		ReleaseRecord existing = this.releases.version(release.name(), release.upgrade().existingVersion());
		if (existing.is(StatusCode.DEPLOYED)) {
			boolean gone = undeployed(existing, release.upgrade()) || again;
			this.releases.update(existing, current -> gone ? current.ended(StatusCode.DELETED, "Delete complete")
					: current.ended(StatusCode.FAILED, "Could not delete existing application, "
							+ "manual intervention needed.  Sorry it didn't work out."));
		}
		String description = release.upgrade().rollback() ? "Rollback complete" : "Upgrade complete";
		this.releases.update(release, current -> current.ended(StatusCode.DEPLOYED, description));
	}

	private void giveUp(ReleaseRecord release, String why) {
		String description = undeployed(release, release.upgrade()) ? why
				: "Could not delete replacing release application, Manual intervention needed.  "
						+ "Sorry it didn't work out.";
		this.releases.update(release, current -> current.ended(StatusCode.FAILED, description));
	}

	/** Undeploys the apps that differ; the others are shared by both versions. */
	private boolean undeployed(ReleaseRecord release, ReleaseRecord.Upgrade upgrade) {
		PlatformAccount account = this.platforms.of(release);
		try {
			release.deploymentIds().forEach((app, id) -> {
				if (upgrade.apps().contains(app)) {
					account.apps().undeploy(id);
				}
			});
			return true;
		}
		catch (RuntimeException e) {
			log.warn("Deleting version {} of {}: {}", release.version(), release.name(), e.getMessage());
			return false;
		}
	}

}
