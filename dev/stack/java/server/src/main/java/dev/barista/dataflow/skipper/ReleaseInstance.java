package dev.barista.dataflow.skipper;

import java.util.Map;
import java.util.TreeMap;

import org.springframework.cloud.deployer.spi.app.AppInstanceStatus;
import org.springframework.cloud.deployer.spi.app.DeploymentState;

/** An instance as the deployer sees it, which also says what release it belongs to. */
class ReleaseInstance implements AppInstanceStatus {

	private final AppInstanceStatus instance;

	private final Map<String, String> attributes;

	ReleaseInstance(AppInstanceStatus instance, String app, ReleaseRecord record) {
		this.instance = instance;
		this.attributes = new TreeMap<>(instance.getAttributes());
		this.attributes.put("skipper.application.name", app);
		this.attributes.put("skipper.release.name", record.name());
		this.attributes.put("skipper.release.version", String.valueOf(record.version()));
	}

	@Override
	public String getId() {
		return this.instance.getId();
	}

	@Override
	public DeploymentState getState() {
		return this.instance.getState();
	}

	@Override
	public Map<String, String> getAttributes() {
		return this.attributes;
	}

}
