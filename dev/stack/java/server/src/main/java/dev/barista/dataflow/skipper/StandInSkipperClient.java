package dev.barista.dataflow.skipper;

import java.util.Collection;
import java.util.List;
import java.util.Map;

import org.springframework.cloud.deployer.spi.app.DeploymentState;
import org.springframework.cloud.skipper.client.SkipperClient;
import org.springframework.cloud.skipper.domain.AboutResource;
import org.springframework.cloud.skipper.domain.ActuatorPostRequest;
import org.springframework.cloud.skipper.domain.CancelRequest;
import org.springframework.cloud.skipper.domain.CancelResponse;
import org.springframework.cloud.skipper.domain.Deployer;
import org.springframework.cloud.skipper.domain.Info;
import org.springframework.cloud.skipper.domain.InstallRequest;
import org.springframework.cloud.skipper.domain.LogInfo;
import org.springframework.cloud.skipper.domain.PackageMetadata;
import org.springframework.cloud.skipper.domain.Release;
import org.springframework.cloud.skipper.domain.Repository;
import org.springframework.cloud.skipper.domain.RollbackRequest;
import org.springframework.cloud.skipper.domain.ScaleRequest;
import org.springframework.cloud.skipper.domain.StatusCode;
import org.springframework.cloud.skipper.domain.Template;
import org.springframework.cloud.skipper.domain.UpgradeRequest;
import org.springframework.cloud.skipper.domain.UploadRequest;

/** The interface by which SCDF calls Skipper, answered here. Says who does what, and under which lock. */
class StandInSkipperClient implements SkipperClient {

	private final ReleaseQueries queries;

	private final PackageStore packages;

	private final ReleaseLifecycle lifecycle;

	private final Upgrades upgrades;

	private final UpgradeWatch watch;

	private final BusyReleases busy;

	/** Reads upstream's template for apps from the class path; it never calls anything. */
	private final SkipperClient templates = SkipperClient.create("http://localhost");

	StandInSkipperClient(ReleaseQueries queries, PackageStore packages, ReleaseLifecycle lifecycle, Upgrades upgrades,
			UpgradeWatch watch, BusyReleases busy) {
		this.queries = queries;
		this.packages = packages;
		this.lifecycle = lifecycle;
		this.upgrades = upgrades;
		this.watch = watch;
		this.busy = busy;
	}

	@Override
	public PackageMetadata upload(UploadRequest request) {
		return this.packages.upload(request);
	}

	@Override
	public void packageDelete(String name) {
		this.packages.delete(name, release -> false);
	}

	@Override
	public Release install(InstallRequest request) {
		String name = request.getInstallProperties().getReleaseName();
		return this.busy.during(name, "INSTALL", () -> this.lifecycle.install(request));
	}

	@Override
	public Release upgrade(UpgradeRequest request) {
		String name = request.getUpgradeProperties().getReleaseName();
		return this.busy.begin(name, "UPGRADE", () -> this.upgrades.upgrade(request));
	}

	@Override
	public Release rollback(RollbackRequest request) {
		return this.busy.begin(request.getReleaseName(), "ROLLBACK", () -> this.upgrades.rollback(request));
	}

	@Override
	@Deprecated
	public Release rollback(String name, int version) {
		return rollback(new RollbackRequest(name, version));
	}

	@Override
	public CancelResponse cancel(CancelRequest request) {
		return new CancelResponse(this.watch.cancel(request.getReleaseName()));
	}

	@Override
	public Release scale(String name, ScaleRequest request) {
		return this.busy.during(name, "SCALE", () -> this.lifecycle.scale(name, request));
	}

	@Override
	public void delete(String name, boolean deletePackage) {
		this.busy.during(name, "DELETE", () -> {
			this.lifecycle.delete(name, deletePackage);
			return null;
		});
	}

	@Override
	public Template getSpringCloudDeployerApplicationTemplate() {
		return this.templates.getSpringCloudDeployerApplicationTemplate();
	}

	@Override
	public AboutResource info() {
		return this.queries.about();
	}

	@Override
	public Collection<PackageMetadata> search(String name, boolean details) {
		return this.queries.packages(name);
	}

	@Override
	public List<Release> list(String nameLike) {
		return this.queries.list(nameLike);
	}

	@Override
	public Collection<Release> history(String name) {
		return this.queries.history(name);
	}

	@Override
	public Collection<Repository> listRepositories() {
		return this.queries.repositories();
	}

	@Override
	public Collection<Deployer> listDeployers() {
		return this.queries.deployers();
	}

	@Override
	public Info status(String name) {
		return this.queries.status(name);
	}

	@Override
	public Info status(String name, int version) {
		return this.queries.status(name, version);
	}

	@Override
	public Map<String, Info> statuses(String... names) {
		return this.queries.statuses(names);
	}

	@Override
	public Map<String, Map<String, DeploymentState>> states(String... names) {
		return this.queries.states(names);
	}

	@Override
	public String manifest(String name) {
		return this.queries.manifest(name);
	}

	@Override
	public String manifest(String name, int version) {
		return this.queries.manifest(name, version);
	}

	@Override
	public LogInfo getLog(String name) {
		return this.queries.logs(name, null);
	}

	@Override
	public LogInfo getLog(String name, String appName) {
		return this.queries.logs(name, appName);
	}

	@Override
	public String getFromActuator(String name, String appName, String appId, String endpoint) {
		return this.queries.getFromActuator(name, appName, appId, endpoint);
	}

	@Override
	public Object postToActuator(String name, String appName, String appId, ActuatorPostRequest request) {
		return this.queries.postToActuator(name, appName, appId, request);
	}

}
