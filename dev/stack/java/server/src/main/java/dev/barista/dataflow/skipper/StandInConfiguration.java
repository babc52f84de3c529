package dev.barista.dataflow.skipper;

import java.nio.file.Path;
import java.time.Clock;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.deployer.resource.support.DelegatingResourceLoader;
import org.springframework.cloud.deployer.spi.kubernetes.KubernetesDeployerProperties;
import org.springframework.cloud.skipper.client.SkipperClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;

/** The stand-in for Skipper. It is there unless SKIPPER_URI names a real one. */
@Configuration
@ConditionalOnExpression("'${SKIPPER_URI:}'.isEmpty()")
class StandInConfiguration {

	/** Upstream's own name for the accounts, so that what is documented for Skipper can be set here. */
	private static final String ACCOUNTS = "spring.cloud.skipper.server.platform.kubernetes.accounts";

	@Bean
	PlatformAccounts platformAccounts(Environment environment, DelegatingResourceLoader resources) {
		var properties = Binder.get(environment)
			.bind(ACCOUNTS, Bindable.mapOf(String.class, KubernetesDeployerProperties.class))
			.orElseThrow(() -> new IllegalStateException("No platform account: set " + ACCOUNTS
					+ ".<name>.namespace, as the stack does in dev/stack/dataflow.ts."));
		return PlatformAccounts.connect(properties, resources);
	}

	@Bean
	ReleaseStore releaseStore(@Value("${barista.data-dir}/skipper/releases") Path folder) {
		return new ReleaseStore(new JsonFiles<>(folder, ReleaseRecord.class));
	}

	@Bean
	PackageStore packageStore(@Value("${barista.data-dir}/skipper/packages") Path folder, ReleaseStore releases) {
		return new PackageStore(new JsonFiles<>(folder, PackageRecord.class), releases);
	}

	@Bean
	DownSwitch downSwitch(@Value("${barista.skipper.down-file}") String file) {
		return new DownSwitch(file);
	}

	@Bean
	BusyReleases busyReleases() {
		return new BusyReleases();
	}

	@Bean(destroyMethod = "close")
	UpgradeWatch upgradeWatch(ReleaseStore releases, PlatformAccounts platforms, BusyReleases busy, DownSwitch down,
			@Value("${spring.cloud.skipper.server.strategies.healthcheck.sleep-in-millis:5000}") long period) {
		return new UpgradeWatch(releases, platforms, busy, down, Clock.systemUTC(), period);
	}

	@Bean
	Upgrades upgrades(ReleaseStore releases, PackageStore packages, PlatformAccounts platforms, UpgradeWatch watch,
			@Value("${spring.cloud.skipper.server.strategies.healthcheck.timeout-in-millis:300000}") long timeout) {
		return new Upgrades(releases, packages, platforms, watch, Clock.systemUTC(), timeout);
	}

	@Bean
	ReleaseLifecycle releaseLifecycle(ReleaseStore releases, PackageStore packages, PlatformAccounts platforms) {
		return new ReleaseLifecycle(releases, packages, platforms);
	}

	@Bean
	ReleaseStatus releaseStatus(ReleaseStore releases, PlatformAccounts platforms) {
		return new ReleaseStatus(releases, platforms);
	}

	@Bean(destroyMethod = "close")
	StatusPoll statusPoll(ReleaseStore releases, ReleaseStatus status, DownSwitch down) {
		return new StatusPoll(releases, status, down, Clock.systemUTC());
	}

	/** Primary, because SCDF always makes a client that calls a real Skipper too. */
	@Bean
	@Primary
	SkipperClient standInSkipperClient(ReleaseStore releases, PackageStore packages, PlatformAccounts platforms,
			BusyReleases busy, Upgrades upgrades, ReleaseLifecycle lifecycle, ReleaseStatus status, UpgradeWatch watch,
			DownSwitch down) {
		var queries = new ReleaseQueries(releases, packages, platforms, status);
		return Wire.around(new StandInSkipperClient(queries, packages, lifecycle, upgrades, watch, busy), down);
	}

}
