package dev.barista.dataflow.skipper;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import org.springframework.cloud.skipper.ReleaseNotFoundException;
import org.springframework.cloud.skipper.domain.StatusCode;

/** All versions of all releases, also the deleted ones: version numbers go on where they ended. */
class ReleaseStore {

	private static final Comparator<ReleaseRecord> BY_NAME_NEWEST_FIRST = Comparator.comparing(ReleaseRecord::name)
		.thenComparing(Comparator.comparingInt(ReleaseRecord::version).reversed());

	private final JsonFiles<ReleaseRecord> files;

	ReleaseStore(JsonFiles<ReleaseRecord> files) {
		this.files = files;
	}

	void save(ReleaseRecord release) {
		this.files.put(release.key(), release);
	}

	void update(ReleaseRecord release, UnaryOperator<ReleaseRecord> change) {
		this.files.update(release.key(), change);
	}

	Optional<ReleaseRecord> latest(String name) {
		return versionNumbers(name).stream().findFirst().map(version -> version(name, version));
	}

	/** @throws ReleaseNotFoundException when no version was ever made */
	ReleaseRecord latestRequired(String name) {
		return latest(name).orElseThrow(() -> new ReleaseNotFoundException(name));
	}

	/** @throws ReleaseNotFoundException when there is no such version */
	ReleaseRecord version(String name, int version) {
		return this.files.get(ReleaseRecord.key(name, version))
			.orElseThrow(() -> new ReleaseNotFoundException(name, version));
	}

	/**
	 * The newest version for which something holds.
	 * @throws ReleaseNotFoundException when it holds for none
	 */
	ReleaseRecord newest(String name, Predicate<ReleaseRecord> condition) {
		return versionNumbers(name).stream()
			.map(version -> version(name, version))
			.filter(condition)
			.findFirst()
			.orElseThrow(() -> new ReleaseNotFoundException(name));
	}

	/** The version that an upgrade or a rollback starts from: failed ones do not count. */
	ReleaseRecord latestForUpdate(String name) {
		return newest(name, release -> release.is(StatusCode.DEPLOYED) || release.is(StatusCode.DELETED));
	}

	/** Versions of every release whose name contains a text, whatever the case: by name, the newest first. */
	List<ReleaseRecord> named(String part) {
		String wanted = part.toLowerCase(Locale.ROOT);
		return all(release -> release.name().toLowerCase(Locale.ROOT).contains(wanted));
	}

	List<ReleaseRecord> all(Predicate<ReleaseRecord> condition) {
		return this.files.values().filter(condition).sorted(BY_NAME_NEWEST_FIRST).toList();
	}

	private List<Integer> versionNumbers(String name) {
		String prefix = name + "/";
		return this.files.keys()
			.filter(key -> key.startsWith(prefix))
			.map(key -> Integer.valueOf(key.substring(prefix.length())))
			.sorted(Comparator.reverseOrder())
			.toList();
	}

}
