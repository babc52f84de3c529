package dev.barista.dataflow.skipper;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Predicate;

import org.springframework.cloud.skipper.PackageDeleteException;
import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.Package;
import org.springframework.cloud.skipper.domain.PackageIdentifier;
import org.springframework.cloud.skipper.domain.PackageMetadata;
import org.springframework.cloud.skipper.domain.StatusCode;
import org.springframework.cloud.skipper.domain.UploadRequest;
import org.springframework.util.StringUtils;

/** The packages of the one repository, `local`. SCDF uploads one for each deployed stream, named like it. */
class PackageStore {

	static final String REPOSITORY = "local";

	private static final long REPOSITORY_ID = 1;

	private final JsonFiles<PackageRecord> files;

	private final ReleaseStore releases;

	PackageStore(JsonFiles<PackageRecord> files, ReleaseStore releases) {
		this.files = files;
		this.releases = releases;
	}

	/** @throws SkipperException when the request is not a package, or there is one of this name and version */
	synchronized PackageMetadata upload(UploadRequest request) {
		if (!REPOSITORY.equals(request.getRepoName())) {
			throw new SkipperException("Could not find local repository to upload to named " + request.getRepoName());
		}
		String key = key(request.getName(), request.getVersion());
		if (this.files.get(key).isPresent()) {
			throw new SkipperException("Failed to upload the package. Package [%s:%s] in Repository [%s] already exists."
				.formatted(request.getName(), request.getVersion(), REPOSITORY));
		}
		Package pkg = PackageArchive.read(request);
		pkg.getMetadata().setRepositoryId(REPOSITORY_ID);
		pkg.getMetadata().setRepositoryName(REPOSITORY);
		this.files.put(key, new PackageRecord(UUID.randomUUID().toString(), pkg));
		return pkg.getMetadata();
	}

	/** The package with this name and version, or the newest one when no version is asked for. */
	PackageRecord required(PackageIdentifier wanted) {
		String version = wanted.getPackageVersion();
		return named(wanted.getPackageName()).stream()
			.filter(pkg -> !StringUtils.hasText(version) || pkg.version().equals(version))
			.max(Comparator.comparing(PackageRecord::version))
			.orElseThrow(() -> new SkipperException(
					"Can not find package '%s', version '%s'".formatted(wanted.getPackageName(), version)));
	}

	List<PackageMetadata> search(String part) {
		String wanted = part == null ? "" : part.toLowerCase(Locale.ROOT);
		return this.files.values()
			.map(record -> record.pkg().getMetadata())
			.filter(metadata -> metadata.getName().toLowerCase(Locale.ROOT).contains(wanted))
			.sorted(Comparator.comparing(PackageMetadata::getName))
			.toList();
	}

	/**
	 * Deletes all versions of a package.
	 * @param ignored releases that do not stand in the way, because they are about to be deleted too
	 * @throws PackageDeleteException when a release made from it is still there
	 */
	synchronized void delete(String name, Predicate<ReleaseRecord> ignored) {
		List<PackageRecord> packages = named(name);
		if (packages.isEmpty()) {
			throw new SkipperException("Can not find a package named '%s'".formatted(name));
		}
		for (PackageRecord pkg : packages) {
			checkUnused(pkg, ignored);
		}
		packages.forEach(pkg -> this.files.remove(key(pkg.name(), pkg.version())));
	}

	private void checkUnused(PackageRecord pkg, Predicate<ReleaseRecord> ignored) {
		// Of each release only the newest version counts that did not fail.
		List<String> active = this.releases
			.all(release -> pkg.id().equals(release.packageId()) && !release.is(StatusCode.FAILED))
			.stream()
			.filter(release -> isNewestOf(release, pkg))
			.filter(release -> !ignored.test(release) && !release.is(StatusCode.DELETED))
			.map(ReleaseRecord::name)
			.toList();
		if (!active.isEmpty()) {
			throw new PackageDeleteException(("Can not delete Package Metadata [%s:%s] in Repository [%s]. "
					+ "Not all releases of this package have the status DELETED. Active Releases [%s]")
				.formatted(pkg.name(), pkg.version(), REPOSITORY, String.join(",", active)));
		}
	}

	private boolean isNewestOf(ReleaseRecord release, PackageRecord pkg) {
		ReleaseRecord newest = this.releases.newest(release.name(),
				other -> pkg.id().equals(other.packageId()) && !other.is(StatusCode.FAILED));
		return newest.version() == release.version();
	}

	private List<PackageRecord> named(String name) {
		return this.files.values().filter(pkg -> pkg.name().equals(name)).toList();
	}

	private static String key(String name, String version) {
		return name + "/" + version;
	}

}
