package dev.barista.dataflow.skipper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Values by key, each in a JSON file of its own and all of them in memory. A file is there whole or not at all. Values
 * are copies, so nobody changes what is stored by changing what was read.
 */
class JsonFiles<T> {

	private static final String ENDING = ".json";

	private final ObjectMapper json = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

	private final Path folder;

	private final Class<T> type;

	private final Map<String, String> texts = new ConcurrentHashMap<>();

	JsonFiles(Path folder, Class<T> type) {
		this.folder = folder;
		this.type = type;
		load();
	}

	Optional<T> get(String key) {
		return Optional.ofNullable(this.texts.get(key)).map(this::read);
	}

	Stream<String> keys() {
		return this.texts.keySet().stream();
	}

	Stream<T> values() {
		return this.texts.values().stream().map(this::read);
	}

	synchronized void put(String key, T value) {
		String text = write(value);
		onDisk(() -> {
			Path partial = this.folder.resolve(fileName(key) + ".partial");
			Files.writeString(partial, text);
			Files.move(partial, this.folder.resolve(fileName(key)), StandardCopyOption.ATOMIC_MOVE);
		});
		this.texts.put(key, text);
	}

	/** Changes one value with nobody in between. Does nothing when there is no such value. */
	synchronized void update(String key, UnaryOperator<T> change) {
		get(key).ifPresent(value -> put(key, change.apply(value)));
	}

	synchronized void remove(String key) {
		onDisk(() -> Files.deleteIfExists(this.folder.resolve(fileName(key))));
		this.texts.remove(key);
	}

	private void load() {
		onDisk(() -> {
			Files.createDirectories(this.folder);
			try (Stream<Path> files = Files.list(this.folder)) {
				for (Path file : files.filter(path -> path.toString().endsWith(ENDING)).toList()) {
					String text = Files.readString(file);
					read(text);
					this.texts.put(key(file), text);
				}
			}
		});
	}

	private static String fileName(String key) {
		return URLEncoder.encode(key, StandardCharsets.UTF_8) + ENDING;
	}

	private static String key(Path file) {
		String name = file.getFileName().toString();
		return URLDecoder.decode(name.substring(0, name.length() - ENDING.length()), StandardCharsets.UTF_8);
	}

	private T read(String text) {
		try {
			return this.json.readValue(text, this.type);
		}
		catch (JsonProcessingException e) {
			throw new UncheckedIOException("A file in " + this.folder + " is not a " + this.type.getSimpleName()
					+ ". Remove the folder to begin anew.", e);
		}
	}

	private String write(T value) {
		try {
			return this.json.writeValueAsString(value);
		}
		catch (JsonProcessingException e) {
			throw new UncheckedIOException(e);
		}
	}

	private interface DiskAction {

		void run() throws IOException;

	}

	private static void onDisk(DiskAction action) {
		try {
			action.run();
		}
		catch (IOException e) {
			throw new UncheckedIOException(e);
		}
	}

}
