package dev.barista.dataflow.skipper;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.springframework.cloud.deployer.spi.app.DeploymentState;
import org.springframework.cloud.skipper.ReleaseNotFoundException;
import org.springframework.cloud.skipper.domain.AboutResource;
import org.springframework.cloud.skipper.domain.ActuatorPostRequest;
import org.springframework.cloud.skipper.domain.Deployer;
import org.springframework.cloud.skipper.domain.Info;
import org.springframework.cloud.skipper.domain.LogInfo;
import org.springframework.cloud.skipper.domain.PackageMetadata;
import org.springframework.cloud.skipper.domain.Release;
import org.springframework.cloud.skipper.domain.Repository;
import org.springframework.cloud.skipper.domain.StatusCode;

/** What can be asked of Skipper. Nothing here changes anything that is stored. */
class ReleaseQueries {

	private final ReleaseStore releases;

	private final PackageStore packages;

	private final PlatformAccounts platforms;

	private final ReleaseStatus status;

	ReleaseQueries(ReleaseStore releases, PackageStore packages, PlatformAccounts platforms, ReleaseStatus status) {
		this.releases = releases;
		this.packages = packages;
		this.platforms = platforms;
		this.status = status;
	}

	AboutResource about() {
		AboutResource about = new AboutResource();
		about.getVersionInfo().getServer().setName("Spring Cloud Skipper Server (stand-in of Barista)");
		about.getVersionInfo().getServer().setVersion("2.11.5");
		return about;
	}

	Collection<Deployer> deployers() {
		return this.platforms.deployers();
	}

	List<Repository> repositories() {
		Repository local = new Repository();
		local.setName(PackageStore.REPOSITORY);
		local.setLocal(true);
		local.setDescription("Packages that were uploaded");
		local.setRepoOrder(0);
		return List.of(local);
	}

	List<PackageMetadata> packages(String namePart) {
		return this.packages.search(namePart);
	}

	/** @throws ReleaseNotFoundException when no version was ever made */
	Info status(String name) {
		return this.status.of(this.releases.latestRequired(name)).getInfo();
	}

	Info status(String name, int version) {
		return this.status.of(this.releases.version(name, version)).getInfo();
	}

	Map<String, Info> statuses(String... names) {
		Map<String, Info> statuses = new LinkedHashMap<>();
		for (String name : names) {
			this.releases.latest(name).ifPresent(record -> statuses.put(name, this.status.of(record).getInfo()));
		}
		return statuses;
	}

	Map<String, Map<String, DeploymentState>> states(String... names) {
		return this.status.states(names);
	}

	String manifest(String name) {
		return this.releases.latestRequired(name).release().getManifest().getData();
	}

	String manifest(String name, int version) {
		return this.releases.version(name, version).release().getManifest().getData();
	}

	/** Also of releases whose name only contains the one that is asked for: so it is upstream. */
	List<Release> history(String namePart) {
		return this.releases.named(namePart).stream().map(ReleaseRecord::release).toList();
	}

	List<Release> list(String namePart) {
		return this.releases.named(namePart == null ? "" : namePart)
			.stream()
			.filter(record -> record.is(StatusCode.DEPLOYED) || record.is(StatusCode.FAILED))
			.map(ReleaseRecord::release)
			.toList();
	}

	/** @param deploymentId of the one app that is asked for, or null for all */
	LogInfo logs(String name, String deploymentId) {
		ReleaseRecord record = this.releases.latestRequired(name);
		Map<String, String> logs = new LinkedHashMap<>();
		if (!record.is(StatusCode.DELETED)) {
			PlatformAccount account = this.platforms.of(record);
			record.deploymentIds()
				.values()
				.stream()
				.filter(id -> deploymentId == null || deploymentId.equalsIgnoreCase(id))
				.forEach(id -> logs.put(id, account.apps().getLog(id)));
		}
		return new LogInfo(logs);
	}

	String getFromActuator(String name, String deploymentId, String guid, String endpoint) {
		PlatformAccount account = this.platforms.of(this.releases.latestRequired(name));
		return account.actuators().getFromActuator(deploymentId, guid, endpoint, String.class, Optional.empty());
	}

	Object postToActuator(String name, String deploymentId, String guid, ActuatorPostRequest request) {
		PlatformAccount account = this.platforms.of(this.releases.latestRequired(name));
		return account.actuators()
			.postToActuator(deploymentId, guid, request.getEndpoint(), request.getBody(), Object.class, Optional.empty());
	}

}
