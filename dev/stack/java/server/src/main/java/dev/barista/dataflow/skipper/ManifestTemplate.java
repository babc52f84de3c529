package dev.barista.dataflow.skipper;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import com.samskivert.mustache.Mustache;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.representer.Representer;

import org.springframework.cloud.skipper.domain.Manifest;
import org.springframework.cloud.skipper.domain.Package;
import org.springframework.cloud.skipper.domain.Template;

/** Fills the templates of a package with values: that makes the manifest of a release, one YAML document for each app. */
final class ManifestTemplate {

	/** A backslash that does not begin an escape of YAML: templates put values between double quotes as they are. */
	private static final Pattern LONE_BACKSLASH = Pattern.compile("(?<!\\\\)\\\\(?![\\\\0abtnvfreN_LP\\s\"])");

	private ManifestTemplate() {
	}

	/** @param overrides values of the release: a map for each app, over what the package has for it */
	static Manifest fill(Package pkg, Map<String, Object> overrides) {
		List<Object> documents = new ArrayList<>();
		collect(pkg, overrides, documents);
		Manifest manifest = new Manifest();
		manifest.setData(yaml().dumpAll(documents.iterator()));
		return manifest;
	}

	private static void collect(Package pkg, Map<String, Object> overrides, List<Object> documents) {
		Map<String, Object> values = ConfigTree.merge(ConfigTree.read(pkg.getConfigValues()), overrides);
		for (Template template : pkg.getTemplates()) {
			String text = Mustache.compiler().compile(template.getData()).execute(escaped(values));
			yaml().loadAll(text).forEach(documents::add);
		}
		for (Package dependency : pkg.getDependencies()) {
			collect(dependency, ConfigTree.child(values, dependency.getMetadata().getName()), documents);
		}
	}

	private static Map<String, Object> escaped(Map<?, ?> values) {
		Map<String, Object> escaped = new LinkedHashMap<>();
		values.forEach((key, value) -> escaped.put(String.valueOf(key), value instanceof Map<?, ?> map ? escaped(map)
				: LONE_BACKSLASH.matcher(String.valueOf(value)).replaceAll("\\\\\\\\")));
		return escaped;
	}

	private static Yaml yaml() {
		DumperOptions options = new DumperOptions();
		options.setDefaultScalarStyle(DumperOptions.ScalarStyle.DOUBLE_QUOTED);
		options.setPrettyFlow(true);
		options.setSplitLines(false);
		return new Yaml(new SafeConstructor(new LoaderOptions()), new Representer(options), options);
	}

}
