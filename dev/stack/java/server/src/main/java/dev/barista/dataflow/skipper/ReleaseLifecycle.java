package dev.barista.dataflow.skipper;

import java.util.LinkedHashMap;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.cloud.deployer.spi.app.AppScaleRequest;
import org.springframework.cloud.deployer.spi.core.AppDeploymentRequest;
import org.springframework.cloud.skipper.ReleaseNotFoundException;
import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.Info;
import org.springframework.cloud.skipper.domain.InstallProperties;
import org.springframework.cloud.skipper.domain.InstallRequest;
import org.springframework.cloud.skipper.domain.Release;
import org.springframework.cloud.skipper.domain.ScaleRequest;
import org.springframework.cloud.skipper.domain.ScaleRequest.ScaleRequestItem;
import org.springframework.cloud.skipper.domain.SpringCloudDeployerApplicationManifest;
import org.springframework.cloud.skipper.domain.StatusCode;

/** Installs, scales and deletes releases. The caller sees to it that nothing else is done to them meanwhile. */
class ReleaseLifecycle {

	private static final Logger log = LoggerFactory.getLogger(ReleaseLifecycle.class);

	private final ReleaseStore releases;

	private final PackageStore packages;

	private final PlatformAccounts platforms;

	ReleaseLifecycle(ReleaseStore releases, PackageStore packages, PlatformAccounts platforms) {
		this.releases = releases;
		this.packages = packages;
		this.platforms = platforms;
	}

	/**
	 * Deploys the apps of a package.
	 * @throws SkipperException when the release is there already, or an app could not be deployed: then there is no new
	 * version, but the apps before it stay, as they do upstream
	 */
	Release install(InstallRequest request) {
		InstallProperties wanted = request.getInstallProperties();
		checkNotInstalled(wanted.getReleaseName());
		PackageRecord pkg = this.packages.required(request.getPackageIdentifier());
		Release release = new Release();
		release.setName(wanted.getReleaseName());
		release.setVersion(this.releases.latest(wanted.getReleaseName()).map(ReleaseRecord::version).orElse(0) + 1);
		release.setPlatformName(wanted.getPlatformName());
		release.setConfigValues(wanted.getConfigValues());
		release.setPkg(pkg.pkg());
		release.setInfo(Info.createNewInfo("Initial install underway"));
		release.setManifest(ManifestTemplate.fill(pkg.pkg(), ConfigTree.read(wanted.getConfigValues())));
		ReleaseRecord installed = new ReleaseRecord(release, pkg.id(), deployAll(release), null)
			.ended(StatusCode.DEPLOYED, "Install complete");
		this.releases.save(installed);
		return release;
	}

	private void checkNotInstalled(String name) {
		try {
			ReleaseRecord newest = this.releases.newest(name, release -> !release.is(StatusCode.FAILED));
			if (!newest.is(StatusCode.DELETED)) {
				throw new SkipperException("Release with the name [" + name + "] already exists and it is not deleted.");
			}
		}
		catch (ReleaseNotFoundException e) {
			log.debug("{} is new", name);
		}
	}

	private Map<String, String> deployAll(Release release) {
		PlatformAccount account = this.platforms.get(release.getPlatformName());
		Map<String, String> deploymentIds = new LinkedHashMap<>();
		for (SpringCloudDeployerApplicationManifest app : ManifestDifference.apps(release.getManifest())) {
			AppDeploymentRequest request = account.request(app, release);
			try {
				deploymentIds.put(app.getApplicationName(), account.apps().deploy(request));
			}
			catch (RuntimeException e) {
				throw new SkipperException("Could not install AppDeployRequest [%s]  to platform [%s].  Error Message = [%s]"
					.formatted(request, release.getPlatformName(), e.getMessage()), e);
			}
		}
		return deploymentIds;
	}

	/** Changes the number of instances. Apps that are not in the release are passed over. */
	Release scale(String name, ScaleRequest request) {
		ReleaseRecord release = this.releases.latestRequired(name);
		if (!release.is(StatusCode.DELETED)) {
			for (ScaleRequestItem item : request.getScale()) {
				String id = release.deploymentIds().get(item.getName());
				if (id != null) {
					this.platforms.of(release)
						.apps()
						.scale(new AppScaleRequest(id, item.getCount(), item.getProperties()));
				}
			}
		}
		return release.release();
	}

	/**
	 * Undeploys the newest version that is deployed.
	 * @throws ReleaseNotFoundException when none is
	 */
	void delete(String name, boolean deletePackage) {
		ReleaseRecord release = this.releases.newest(name, version -> version.is(StatusCode.DEPLOYED));
		if (deletePackage) {
			// First the package: should it be in use, nothing has been undeployed yet.
			this.packages.delete(release.release().getPkg().getMetadata().getName(),
					other -> other.key().equals(release.key()));
		}
		release.deploymentIds().values().forEach(id -> undeploy(release, id));
		this.releases.update(release, current -> current.ended(StatusCode.DELETED, "Delete complete"));
	}

	private void undeploy(ReleaseRecord release, String id) {
		try {
			this.platforms.of(release).apps().undeploy(id);
		}
		catch (RuntimeException e) {
			// What is not there need not go; and a release that nobody can delete would be worse than a leftover.
			log.warn("Undeploying {}: {}", id, e.getMessage());
		}
	}

}
