package dev.barista.dataflow.skipper;

import org.springframework.cloud.skipper.domain.Package;

/** @param id unique for each upload */
record PackageRecord(String id, Package pkg) {

	String name() {
		return this.pkg.getMetadata().getName();
	}

	String version() {
		return this.pkg.getMetadata().getVersion();
	}

}
