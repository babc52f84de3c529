package dev.barista.dataflow.skipper;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

import io.fabric8.kubernetes.client.KubernetesClient;

import org.springframework.cloud.deployer.resource.support.DelegatingResourceLoader;
import org.springframework.cloud.deployer.spi.kubernetes.KubernetesActuatorTemplate;
import org.springframework.cloud.deployer.spi.kubernetes.KubernetesAppDeployer;
import org.springframework.cloud.deployer.spi.kubernetes.KubernetesClientFactory;
import org.springframework.cloud.deployer.spi.kubernetes.KubernetesDeployerProperties;
import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.Deployer;
import org.springframework.web.client.RestTemplate;

/** The accounts that streams can be deployed to, by name. */
class PlatformAccounts {

	private final Map<String, PlatformAccount> accounts = new LinkedHashMap<>();

	/** The cluster of an account is the one of its `fabric8` properties, else the one of KUBECONFIG. */
	static PlatformAccounts connect(Map<String, KubernetesDeployerProperties> properties,
			DelegatingResourceLoader resources) {
		PlatformAccounts accounts = new PlatformAccounts();
		properties.forEach((name, account) -> accounts.accounts.put(name,
				new PlatformAccount(deployer(name, account), resources)));
		return accounts;
	}

	private static Deployer deployer(String name, KubernetesDeployerProperties properties) {
		EllipticCurveKey.adapt(properties.getFabric8());
		KubernetesClient client = KubernetesClientFactory.getKubernetesClient(properties);
		KubernetesAppDeployer apps = new KubernetesAppDeployer(properties, client);
		Deployer deployer = new Deployer(name, "kubernetes", apps,
				new KubernetesActuatorTemplate(new RestTemplate(), apps, properties.getAppAdmin()));
		deployer.setDescription("master url = [%s], namespace = [%s], api version = [%s]"
			.formatted(client.getMasterUrl(), client.getNamespace(), client.getApiVersion()));
		return deployer;
	}

	PlatformAccount get(String name) {
		PlatformAccount account = this.accounts.get(name);
		if (account == null) {
			throw new SkipperException("No deployer named '%s'. There are: %s.".formatted(name,
					String.join(", ", this.accounts.keySet())));
		}
		return account;
	}

	PlatformAccount of(ReleaseRecord release) {
		return get(release.release().getPlatformName());
	}

	Collection<Deployer> deployers() {
		return this.accounts.values().stream().map(PlatformAccount::deployer).toList();
	}

}
