package dev.barista.dataflow.skipper;

import java.util.LinkedHashMap;
import java.util.Map;

import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.representer.Representer;

import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.ConfigValues;
import org.springframework.util.StringUtils;

/** The configuration values of packages and releases: YAML, read as a tree of maps. */
final class ConfigTree {

	private ConfigTree() {
	}

	/** @return a tree of its own, empty when there are no values */
	static Map<String, Object> read(ConfigValues values) {
		if (values == null || !StringUtils.hasText(values.getRaw())) {
			return new LinkedHashMap<>();
		}
		Object tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(values.getRaw());
		if (tree == null) {
			return new LinkedHashMap<>();
		}
		if (tree instanceof Map<?, ?> map) {
			return copy(map);
		}
		throw new SkipperException("Was expecting override values to produce a Map, instead got class = "
				+ tree.getClass() + "overrideValues.getRaw() = " + values.getRaw());
	}

	static ConfigValues write(Map<String, Object> tree) {
		DumperOptions options = new DumperOptions();
		options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
		options.setPrettyFlow(true);
		ConfigValues values = new ConfigValues();
		values.setRaw(new Yaml(new SafeConstructor(new LoaderOptions()), new Representer(options), options).dump(tree));
		return values;
	}

	/** Puts what is in `over` on top of `base`, map by map, and so can override a key but never remove one. */
	static Map<String, Object> merge(Map<String, Object> base, Map<String, Object> over) {
		Map<String, Object> merged = new LinkedHashMap<>(base);
		over.forEach((key, value) -> {
			Object below = merged.get(key);
			boolean maps = below instanceof Map && value instanceof Map;
			merged.put(key, maps ? merge(copy((Map<?, ?>) below), copy((Map<?, ?>) value)) : value);
		});
		return merged;
	}

	/** The map at a key; an empty one when there is none. */
	static Map<String, Object> child(Map<String, Object> tree, String key) {
		return tree.get(key) instanceof Map<?, ?> map ? copy(map) : new LinkedHashMap<>();
	}

	private static Map<String, Object> copy(Map<?, ?> map) {
		Map<String, Object> copy = new LinkedHashMap<>();
		map.forEach((key, value) -> copy.put(String.valueOf(key), value));
		return copy;
	}

}
