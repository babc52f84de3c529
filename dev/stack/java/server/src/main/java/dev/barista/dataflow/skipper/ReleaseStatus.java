package dev.barista.dataflow.skipper;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.cloud.deployer.spi.app.AppInstanceStatus;
import org.springframework.cloud.deployer.spi.app.AppStatus;
import org.springframework.cloud.deployer.spi.app.DeploymentState;
import org.springframework.cloud.skipper.domain.Release;
import org.springframework.cloud.skipper.domain.StatusCode;

/** What the platform says of releases, asked now. */
class ReleaseStatus {

	private final ReleaseStore releases;

	private final PlatformAccounts platforms;

	ReleaseStatus(ReleaseStore releases, PlatformAccounts platforms) {
		this.releases = releases;
		this.platforms = platforms;
	}

	/** The release with the status of its apps; a deleted one, or one without apps, as it is. */
	Release of(ReleaseRecord record) {
		if (!record.is(StatusCode.DELETED) && !record.deploymentIds().isEmpty()) {
			record.release().getInfo().getStatus().setPlatformStatusAsAppStatusList(apps(record));
		}
		return record.release();
	}

	List<AppStatus> apps(ReleaseRecord record) {
		PlatformAccount account = this.platforms.of(record);
		List<AppStatus> apps = new ArrayList<>();
		record.deploymentIds().forEach((app, id) -> apps.add(withReleaseIn(account.apps().status(id), app, record)));
		return apps;
	}

	/** States of the deployments of each release; those that do not exist are left out. */
	Map<String, Map<String, DeploymentState>> states(String... names) {
		Map<String, Map<String, DeploymentState>> states = new LinkedHashMap<>();
		for (String name : names) {
			this.releases.latest(name).ifPresent(record -> states.put(name, states(record)));
		}
		return states;
	}

	private Map<String, DeploymentState> states(ReleaseRecord record) {
		Map<String, DeploymentState> states = new LinkedHashMap<>();
		if (!record.is(StatusCode.DELETED)) {
			PlatformAccount account = this.platforms.of(record);
			record.deploymentIds().values().forEach(id -> states.put(id, account.apps().status(id).getState()));
		}
		return states;
	}

	private static AppStatus withReleaseIn(AppStatus status, String app, ReleaseRecord record) {
		AppStatus.Builder copy = AppStatus.of(status.getDeploymentId());
		if (status.getInstances().isEmpty()) {
			return copy.generalState(status.getState()).build();
		}
		for (AppInstanceStatus instance : status.getInstances().values()) {
			copy.with(new ReleaseInstance(instance, app, record));
		}
		return copy.build();
	}

}
