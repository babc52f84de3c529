package dev.barista.dataflow.skipper;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.springframework.cloud.skipper.SkipperException;

/**
 * Lets one operation at a time at a release. Upstream has a state machine for each, which takes a command in its initial
 * state only and never queues one.
 */
class BusyReleases {

	private final Set<String> busy = ConcurrentHashMap.newKeySet();

	/**
	 * Runs an operation.
	 * @param command upstream's name of it, for the message
	 * @throws SkipperException when another one is under way, or for whatever else went wrong in the operation
	 */
	<T> T during(String release, String command, Supplier<T> operation) {
		T result = begin(release, command, operation);
		end(release);
		return result;
	}

	/** The same, but the release stays busy when the operation succeeds, until somebody calls {@link #end}. */
	<T> T begin(String release, String command, Supplier<T> operation) {
		if (!this.busy.add(release)) {
			throw new SkipperException("Statemachine is not in state ready to do " + command);
		}
		try {
			return operation.get();
		}
		catch (SkipperException e) {
			end(release);
			throw e;
		}
		catch (RuntimeException e) {
			end(release);
			throw new SkipperException("Error waiting to get Release from a statemachine", e);
		}
	}

	void end(String release) {
		this.busy.remove(release);
	}

}
