package dev.barista.dataflow.skipper;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.cloud.deployer.spi.app.AppDeployer;
import org.springframework.cloud.skipper.ReleaseUpgradeException;
import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.ConfigValues;
import org.springframework.cloud.skipper.domain.Info;
import org.springframework.cloud.skipper.domain.Manifest;
import org.springframework.cloud.skipper.domain.PackageIdentifier;
import org.springframework.cloud.skipper.domain.PackageMetadata;
import org.springframework.cloud.skipper.domain.Release;
import org.springframework.cloud.skipper.domain.RollbackRequest;
import org.springframework.cloud.skipper.domain.SpringCloudDeployerApplicationManifest;
import org.springframework.cloud.skipper.domain.StatusCode;
import org.springframework.cloud.skipper.domain.UpgradeProperties;
import org.springframework.cloud.skipper.domain.UpgradeRequest;
import org.springframework.util.StringUtils;

/**
 * Red/black upgrades: the apps that differ are deployed beside the old ones, and {@link UpgradeWatch} does the rest when
 * the caller has its answer. The caller has the release for itself; the watch gives it back.
 */
class Upgrades {

	private static final Logger log = LoggerFactory.getLogger(Upgrades.class);

	private final ReleaseStore releases;

	private final PackageStore packages;

	private final PlatformAccounts platforms;

	private final UpgradeWatch watch;

	private final Clock clock;

	private final long defaultTimeout;

	/** @param defaultTimeout milliseconds to wait for new apps to be healthy, when a request does not say */
	Upgrades(ReleaseStore releases, PackageStore packages, PlatformAccounts platforms, UpgradeWatch watch, Clock clock,
			long defaultTimeout) {
		this.releases = releases;
		this.packages = packages;
		this.platforms = platforms;
		this.watch = watch;
		this.clock = clock;
		this.defaultTimeout = defaultTimeout;
	}

	/** @throws ReleaseUpgradeException when nothing would change */
	Release upgrade(UpgradeRequest request) {
		return start(request, false);
	}

	/**
	 * An upgrade to the values of an older version; 0 is the one before. A deleted release cannot go back, because its
	 * package is gone.
	 */
	Release rollback(RollbackRequest wanted) {
		ReleaseRecord older = rollbackTarget(wanted);
		PackageMetadata metadata = older.release().getPkg().getMetadata();
		PackageIdentifier identifier = new PackageIdentifier();
		identifier.setPackageName(metadata.getName());
		identifier.setPackageVersion(metadata.getVersion());
		UpgradeProperties properties = new UpgradeProperties();
		properties.setReleaseName(older.name());
		properties.setConfigValues(older.release().getConfigValues());
		UpgradeRequest request = new UpgradeRequest();
		request.setPackageIdentifier(identifier);
		request.setUpgradeProperties(properties);
		request.setTimeout(wanted.getTimeout());
		return start(request, true);
	}

	private ReleaseRecord rollbackTarget(RollbackRequest wanted) {
		ReleaseRecord current = this.releases.latestForUpdate(wanted.getReleaseName());
		if (wanted.getVersion() == 0) {
			return this.releases.newest(current.name(),
					release -> isRollbackTarget(release) && release.version() != current.version());
		}
		ReleaseRecord older = this.releases.version(current.name(), wanted.getVersion());
		if (!isRollbackTarget(older)) {
			throw new SkipperException("Rollback version should either be in deployed or deleted status.");
		}
		return older;
	}

	private static boolean isRollbackTarget(ReleaseRecord release) {
		return release.is(StatusCode.DEPLOYED) || release.is(StatusCode.DELETED);
	}

	private Release start(UpgradeRequest request, boolean rollback) {
		String name = request.getUpgradeProperties().getReleaseName();
		ReleaseRecord existing = this.releases.latestForUpdate(name);
		ReleaseRecord latest = this.releases.latestRequired(name);
		PackageRecord pkg = this.packages.required(request.getPackageIdentifier());
		ConfigValues values = additive(latest.release().getConfigValues(), request.getUpgradeProperties().getConfigValues());
		Map<String, Object> tree = ConfigTree.read(values);
		List<String> apps = appsToUpgrade(existing, ManifestTemplate.fill(pkg.pkg(), tree), request);

		Release release = new Release();
		release.setName(name);
		release.setVersion(latest.version() + 1);
		release.setPlatformName(existing.release().getPlatformName());
		release.setConfigValues(values);
		release.setPkg(pkg.pkg());
		release.setInfo(Info.createNewInfo(rollback ? "Rollback install underway" : "Upgrade install underway"));
		release.setManifest(ManifestTemplate.fill(pkg.pkg(), withCounts(tree, existing, apps)));
		long timeout = request.getTimeout() == null ? this.defaultTimeout : request.getTimeout();
		ReleaseRecord replacing = new ReleaseRecord(release, pkg.id(), Map.of(),
				new ReleaseRecord.Upgrade(existing.version(), apps, this.clock.millis(), timeout, rollback, false));
		this.releases.save(replacing);
		this.watch.follow(deploy(replacing, existing));
		return release;
	}

	/** Values of an upgrade come on top of those there were, unless there are no new ones at all. */
	private static ConfigValues additive(ConfigValues before, ConfigValues now) {
		boolean both = StringUtils.hasText(before.getRaw()) && now != null && StringUtils.hasText(now.getRaw());
		return both ? ConfigTree.write(ConfigTree.merge(ConfigTree.read(before), ConfigTree.read(now))) : now;
	}

	private static List<String> appsToUpgrade(ReleaseRecord existing, Manifest replacing, UpgradeRequest request) {
		Set<String> apps = new LinkedHashSet<>(
				ManifestDifference.changedApps(existing.release().getManifest(), replacing));
		if (request.isForce()) {
			List<String> wanted = request.getAppNames();
			apps.addAll(wanted == null || wanted.isEmpty() ? existing.deploymentIds().keySet() : wanted);
		}
		else if (apps.isEmpty()) {
			throw new ReleaseUpgradeException(
					"Package to upgrade has no difference than existing deployed/deleted package. Not upgrading.");
		}
		return new ArrayList<>(apps);
	}

	/** The new apps get as many instances as the old ones have now, whatever they were deployed with. */
	private Map<String, Object> withCounts(Map<String, Object> values, ReleaseRecord existing, List<String> apps) {
		Map<String, Object> counts = new HashMap<>();
		if (!existing.is(StatusCode.DELETED)) {
			PlatformAccount account = this.platforms.of(existing);
			existing.deploymentIds().forEach((app, id) -> {
				if (apps.contains(app)) {
					int instances = account.apps().status(id).getInstances().size();
					counts.put(app, Map.of("spec", Map.of("deploymentProperties",
							Map.of(AppDeployer.COUNT_PROPERTY_KEY, String.valueOf(instances)))));
				}
			});
		}
		return ConfigTree.merge(values, counts);
	}

	private ReleaseRecord deploy(ReleaseRecord replacing, ReleaseRecord existing) {
		Map<String, String> deploymentIds = new LinkedHashMap<>(existing.deploymentIds());
		ReleaseRecord deployed;
		try {
			PlatformAccount account = this.platforms.of(replacing);
			for (SpringCloudDeployerApplicationManifest app : ManifestDifference.apps(replacing.release().getManifest())) {
				if (replacing.upgrade().apps().contains(app.getApplicationName())) {
					String id = account.apps().deploy(account.request(app, replacing.release()));
					deploymentIds.put(app.getApplicationName(), id);
				}
			}
			deployed = replacing.deployedAs(deploymentIds);
		}
		catch (RuntimeException e) {
			log.warn("Upgrading {} to version {}: {}", replacing.name(), replacing.version(), e.getMessage(), e);
			deployed = replacing.ended(StatusCode.FAILED, "Could not deploy app.");
		}
		this.releases.save(deployed);
		return deployed;
	}

}
