package dev.barista.dataflow.skipper;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.springframework.cloud.deployer.spi.app.AppDeployer;
import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.Manifest;
import org.springframework.cloud.skipper.domain.SpringCloudDeployerApplicationManifest;
import org.springframework.cloud.skipper.domain.SpringCloudDeployerApplicationManifestReader;
import org.springframework.cloud.skipper.domain.SpringCloudDeployerApplicationSpec;

/** Which apps of a release have to be deployed anew. How many instances an app has makes no difference. */
final class ManifestDifference {

	private ManifestDifference() {
	}

	static List<SpringCloudDeployerApplicationManifest> apps(Manifest manifest) {
		return new SpringCloudDeployerApplicationManifestReader().read(manifest.getData());
	}

	/** Names of the apps that are not the same in both manifests. */
	static List<String> changedApps(Manifest existing, Manifest replacing) {
		var replacements = apps(replacing);
		return apps(existing).stream()
			.filter(app -> !same(app, named(app.getApplicationName(), replacements)))
			.map(SpringCloudDeployerApplicationManifest::getApplicationName)
			.toList();
	}

	private static SpringCloudDeployerApplicationManifest named(String name,
			List<SpringCloudDeployerApplicationManifest> apps) {
		return apps.stream()
			.filter(app -> app.getApplicationName().equals(name))
			.findFirst()
			.orElseThrow(() -> new SkipperException(
					"Did not find existing application name [%s] in list of replacing applications [%s].".formatted(name,
							String.join(",",
									apps.stream().map(SpringCloudDeployerApplicationManifest::getApplicationName).toList()))));
	}

	private static boolean same(SpringCloudDeployerApplicationManifest one, SpringCloudDeployerApplicationManifest other) {
		return Objects.equals(one.getApiVersion(), other.getApiVersion()) && Objects.equals(one.getKind(), other.getKind())
				&& orEmpty(one.getMetadata()).equals(orEmpty(other.getMetadata())) && same(one.getSpec(), other.getSpec());
	}

	private static boolean same(SpringCloudDeployerApplicationSpec one, SpringCloudDeployerApplicationSpec other) {
		return Objects.equals(one.getResource(), other.getResource())
				&& Objects.equals(one.getVersion(), other.getVersion())
				&& orEmpty(one.getApplicationProperties()).equals(orEmpty(other.getApplicationProperties()))
				&& withoutCount(one).equals(withoutCount(other));
	}

	private static Map<String, String> withoutCount(SpringCloudDeployerApplicationSpec spec) {
		Map<String, String> properties = new HashMap<>(orEmpty(spec.getDeploymentProperties()));
		properties.remove(AppDeployer.COUNT_PROPERTY_KEY);
		return properties;
	}

	private static Map<String, String> orEmpty(Map<String, String> map) {
		return map == null ? Map.of() : map;
	}

}
