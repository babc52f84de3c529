package dev.barista.dataflow.skipper;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.springframework.cloud.deployer.resource.support.DelegatingResourceLoader;
import org.springframework.cloud.deployer.spi.app.ActuatorOperations;
import org.springframework.cloud.deployer.spi.app.AppDeployer;
import org.springframework.cloud.deployer.spi.app.AppStatus;
import org.springframework.cloud.deployer.spi.app.DeploymentState;
import org.springframework.cloud.deployer.spi.core.AppDefinition;
import org.springframework.cloud.deployer.spi.core.AppDeploymentRequest;
import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.Deployer;
import org.springframework.cloud.skipper.domain.Release;
import org.springframework.cloud.skipper.domain.SpringCloudDeployerApplicationManifest;
import org.springframework.cloud.skipper.domain.SpringCloudDeployerApplicationSpec;
import org.springframework.core.io.Resource;

/** One account of the platform: a cluster and a namespace, reached by upstream's deployer. */
class PlatformAccount {

	private static final String APP_NAME = AppDeployer.PREFIX + "appName";

	private final Deployer deployer;

	private final DelegatingResourceLoader resources;

	PlatformAccount(Deployer deployer, DelegatingResourceLoader resources) {
		this.deployer = deployer;
		this.resources = resources;
	}

	Deployer deployer() {
		return this.deployer;
	}

	AppDeployer apps() {
		return this.deployer.getAppDeployer();
	}

	ActuatorOperations actuators() {
		return this.deployer.getActuatorOperations();
	}

	boolean isDeployed(String deploymentId) {
		AppStatus status = apps().status(deploymentId);
		return status.getState() == DeploymentState.deployed;
	}

	/**
	 * What the deployer is to be told about one app of a release. The version is part of the app's name, so that two
	 * versions can be there at once; the group is not, so that they share a consumer group.
	 */
	AppDeploymentRequest request(SpringCloudDeployerApplicationManifest app, Release release) {
		SpringCloudDeployerApplicationSpec spec = app.getSpec();
		Map<String, String> deployment = sorted(spec.getDeploymentProperties());
		deployment.putIfAbsent(AppDeployer.GROUP_PROPERTY_KEY, release.getName());
		deployment.put(APP_NAME, app.getApplicationName());
		AppDefinition definition = new AppDefinition(app.getApplicationName() + "-v" + release.getVersion(),
				sorted(spec.getApplicationProperties()));
		return new AppDeploymentRequest(definition, resource(spec), deployment);
	}

	private Resource resource(SpringCloudDeployerApplicationSpec spec) {
		try {
			return this.resources.getResource(location(spec));
		}
		catch (RuntimeException e) {
			throw new SkipperException("Could not load Resource " + spec.getResource() + ". Message = " + e.getMessage(), e);
		}
	}

	private static String location(SpringCloudDeployerApplicationSpec spec) {
		String resource = spec.getResource();
		String version = spec.getVersion();
		if (version == null) {
			return resource;
		}
		if (resource.startsWith("docker") || resource.startsWith("maven")) {
			return resource.endsWith(":" + version) ? resource : resource + ":" + version;
		}
		return resource + "-" + version + ".jar";
	}

	private static Map<String, String> sorted(Map<String, String> properties) {
		return new TreeMap<>(Optional.ofNullable(properties).orElse(Map.of()));
	}

}
