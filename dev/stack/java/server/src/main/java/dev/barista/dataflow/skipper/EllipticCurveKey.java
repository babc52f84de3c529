package dev.barista.dataflow.skipper;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

import io.fabric8.kubernetes.client.Config;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * Makes a client key readable for the Kubernetes client, which is of 2022: an elliptic curve key in the general form
 * (`BEGIN PRIVATE KEY`, what openssl writes today) it takes for an RSA key, in the older form it knows it.
 */
final class EllipticCurveKey {

	private EllipticCurveKey() {
	}

	static void adapt(Config config) {
		try {
			String pem = pem(config);
			if (pem != null && new PEMParser(new StringReader(pem)).readObject() instanceof PrivateKeyInfo key
					&& key.getPrivateKeyAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)) {
				byte[] older = olderForm(key).getBytes(StandardCharsets.US_ASCII);
				config.setClientKeyData(Base64.getEncoder().encodeToString(older));
				config.setClientKeyAlgo("EC");
			}
		}
		catch (IOException e) {
			throw new UncheckedIOException("Can't read the client key of the kubeconfig", e);
		}
	}

	private static String pem(Config config) throws IOException {
		if (config.getClientKeyData() != null) {
			return new String(Base64.getDecoder().decode(config.getClientKeyData()), StandardCharsets.US_ASCII);
		}
		return config.getClientKeyFile() == null ? null : Files.readString(Path.of(config.getClientKeyFile()));
	}

	/** The curve is named beside the key in the general form, and within it in the older one. */
	private static String olderForm(PrivateKeyInfo key) throws IOException {
		ECPrivateKey bare = ECPrivateKey.getInstance(key.parsePrivateKey());
		ECPrivateKey named = new ECPrivateKey(bare.getKey().bitLength(), bare.getKey(), bare.getPublicKey(),
				key.getPrivateKeyAlgorithm().getParameters());
		StringWriter text = new StringWriter();
		try (PemWriter pem = new PemWriter(text)) {
			pem.writeObject(new PemObject("EC PRIVATE KEY", named.getEncoded()));
		}
		return text.toString();
	}

}
