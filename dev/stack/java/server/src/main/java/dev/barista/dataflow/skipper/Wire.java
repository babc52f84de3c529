package dev.barista.dataflow.skipper;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;

import org.apache.http.HttpHost;
import org.apache.http.conn.HttpHostConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.cloud.skipper.ReleaseNotFoundException;
import org.springframework.cloud.skipper.SkipperException;
import org.springframework.cloud.skipper.client.DefaultSkipperClient;
import org.springframework.cloud.skipper.client.SkipperClient;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.RestTemplate;

/**
 * Makes a client in the same process look like one that calls Skipper over HTTP: it can be unreachable, and of what goes
 * wrong on the other side only those exceptions come through that the protocol has a word for.
 */
final class Wire implements InvocationHandler {

	private static final Logger log = LoggerFactory.getLogger(Wire.class);

	private static final String NOWHERE = "http://localhost:7577/api";

	private final SkipperClient standIn;

	private final DownSwitch down;

	/** The real client with a connection that is always refused: so the words of the error are upstream's own. */
	private final SkipperClient refused = new DefaultSkipperClient(NOWHERE, new RestTemplate(new RefusedConnections()));

	private Wire(SkipperClient standIn, DownSwitch down) {
		this.standIn = standIn;
		this.down = down;
	}

	static SkipperClient around(SkipperClient standIn, DownSwitch down) {
		return (SkipperClient) Proxy.newProxyInstance(Wire.class.getClassLoader(), new Class<?>[] { SkipperClient.class },
				new Wire(standIn, down));
	}

	@Override
	public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
		boolean unreachable = this.down.isDown();
		try {
			return method.invoke(unreachable ? this.refused : this.standIn, arguments);
		}
		catch (InvocationTargetException e) {
			throw unreachable ? e.getCause() : received(method, e.getCause());
		}
	}

	private static RuntimeException received(Method method, Throwable thrown) {
		if (thrown instanceof ReleaseNotFoundException notFound) {
			// The name comes through and the version does not: upstream's client looks for it under another key.
			return new ReleaseNotFoundException(notFound.getReleaseName());
		}
		if (thrown instanceof SkipperException known) {
			log.info("{}: {}", method.getName(), known.getMessage());
			return known;
		}
		log.warn("{} failed", method.getName(), thrown);
		return HttpServerErrorException.create("500 : [no body]", HttpStatus.INTERNAL_SERVER_ERROR, "", null, new byte[0],
				null);
	}

	private static final class RefusedConnections implements ClientHttpRequestFactory {

		@Override
		public ClientHttpRequest createRequest(URI uri, HttpMethod method) throws IOException {
			throw new HttpHostConnectException(new ConnectException("Connection refused"),
					new HttpHost(uri.getHost(), uri.getPort()),
					InetAddress.getByAddress(uri.getHost(), new byte[] { 127, 0, 0, 1 }));
		}

	}

}
