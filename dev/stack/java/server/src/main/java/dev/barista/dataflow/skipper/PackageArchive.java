package dev.barista.dataflow.skipper;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.zeroturnaround.zip.ZipUtil;

import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.domain.Package;
import org.springframework.cloud.skipper.domain.UploadRequest;
import org.springframework.cloud.skipper.io.DefaultPackageReader;
import org.springframework.util.FileSystemUtils;

/** Reads the zip that a package is uploaded as; upstream's reader wants to have it unpacked on disk. */
final class PackageArchive {

	private PackageArchive() {
	}

	static Package read(UploadRequest request) {
		String name = request.getName() + "-" + request.getVersion();
		Path folder = null;
		try {
			folder = Files.createTempDirectory("package");
			ZipUtil.unpack(new ByteArrayInputStream(request.getPackageFileAsBytes()), folder.toFile());
			Package pkg = new DefaultPackageReader().read(folder.resolve(name).toFile());
			if (pkg.getMetadata() == null) {
				throw new SkipperException("Package " + name + " has no package.yml.");
			}
			return pkg;
		}
		catch (IOException e) {
			throw new SkipperException("Failed to upload the package.", e);
		}
		finally {
			if (folder != null) {
				FileSystemUtils.deleteRecursively(folder.toFile());
			}
		}
	}

}
