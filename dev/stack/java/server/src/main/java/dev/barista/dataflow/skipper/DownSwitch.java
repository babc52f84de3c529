package dev.barista.dataflow.skipper;

import java.nio.file.Files;
import java.nio.file.Path;

/** Lets a test take the stand-in away: it is down while a certain file exists. */
class DownSwitch {

	private final String file;

	/** @param file path of the file; empty for a stand-in that is never down */
	DownSwitch(String file) {
		this.file = file;
	}

	boolean isDown() {
		return !this.file.isEmpty() && Files.exists(Path.of(this.file));
	}

}
