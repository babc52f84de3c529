package dev.barista.dataflow.skipper;

import java.util.List;
import java.util.Map;

import org.springframework.cloud.skipper.domain.Release;
import org.springframework.cloud.skipper.domain.Status;
import org.springframework.cloud.skipper.domain.StatusCode;

/**
 * One version of a release, and what upstream keeps beside it.
 * @param packageId which upload it was made from; a package that is uploaded again under its name is another one
 * @param deploymentIds name of the app (the label) to id of its deployment; empty until its apps are deployed
 * @param upgrade set while this version is to replace another, so that a restart can go on with it; else null
 */
record ReleaseRecord(Release release, String packageId, Map<String, String> deploymentIds, Upgrade upgrade) {

	/**
	 * @param existingVersion the version to be replaced
	 * @param apps names of the apps that differ
	 * @param startedAt milliseconds since 1970
	 * @param timeout milliseconds to wait for the apps to be healthy
	 * @param accepted the new apps were healthy, and the old ones are being undeployed
	 */
	record Upgrade(int existingVersion, List<String> apps, long startedAt, long timeout, boolean rollback,
			boolean accepted) {
	}

	static String key(String name, int version) {
		return name + "/" + version;
	}

	String key() {
		return key(name(), version());
	}

	String name() {
		return this.release.getName();
	}

	int version() {
		return this.release.getVersion();
	}

	StatusCode statusCode() {
		return this.release.getInfo().getStatus().getStatusCode();
	}

	boolean is(StatusCode code) {
		return statusCode() == code;
	}

	/** In a new state, and no longer upgrading. What the platform said of the old state is forgotten. */
	ReleaseRecord ended(StatusCode code, String description) {
		Status status = new Status();
		status.setStatusCode(code);
		this.release.getInfo().setStatus(status);
		this.release.getInfo().setDescription(description);
		return new ReleaseRecord(this.release, this.packageId, this.deploymentIds, null);
	}

	ReleaseRecord accepted() {
		Upgrade accepted = new Upgrade(this.upgrade.existingVersion(), this.upgrade.apps(), this.upgrade.startedAt(),
				this.upgrade.timeout(), this.upgrade.rollback(), true);
		return new ReleaseRecord(this.release, this.packageId, this.deploymentIds, accepted);
	}

	ReleaseRecord deployedAs(Map<String, String> ids) {
		return new ReleaseRecord(this.release, this.packageId, ids, this.upgrade);
	}

}
