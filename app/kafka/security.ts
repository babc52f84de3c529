/** TLS and SASL for kafkajs. What stands in files is read anew for each connection, so that it may be renewed while the worker runs. */
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type {
  Authenticator,
  AuthenticationProviderArgs,
  ISocketFactory,
  Mechanism,
  SASLOptions,
} from 'kafkajs';
import type { Identity, Material, Sasl, Security, Tls, TokenSource } from '../config/security.ts';
import { KafkaFailure } from './port.ts';
import { connectTcp, readBuffer } from './receiving.ts';
import { tokenFromEndpoint } from './token.ts';

/** Reads a file, now. Throws as Node.js does. */
export type ReadFile = (path: string) => Buffer;

export interface SecurityParts {
  readonly readFile: ReadFile;
  /** Milliseconds, for how long a token is good. */
  readonly monotonic: () => number;
}

const keepAliveMs = 60_000;

/** What of kafkajs's configuration says who we are. */
export interface ClientSecurity {
  readonly ssl: boolean;
  readonly sasl?: SASLOptions | Mechanism;
  readonly socketFactory: ISocketFactory;
}

export function clientSecurity({ tls, sasl }: Security, parts: SecurityParts): ClientSecurity {
  const buffer = readBuffer();
  return {
    ssl: tls !== undefined,
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl, parts) }),
    // What it throws, kafkajs takes for a connection that failed.
    socketFactory: ({ host, port, onConnect }) => {
      const socket: Socket =
        tls === undefined
          ? connectTcp({ host, port }, buffer, onConnect)
          : connectTls({ host, port, ...tlsOptions(tls, host, parts.readFile) }, onConnect);
      return gentle(socket).setKeepAlive(true, keepAliveMs);
    },
  };
}

/** kafkajs disconnects again and again what is gone; each time, Node.js would wait for a destroyed socket to connect, with one listener more, and warn of them. */
function gentle(socket: Socket): Socket {
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
  return socket;
}

function tlsOptions(tls: Tls, host: string, readFile: ReadFile): ConnectionOptions {
  return {
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.ca === undefined ? {} : { ca: bytesOf(tls.ca, readFile) }),
    ...(tls.identity === undefined ? {} : identityOptions(tls.identity, readFile)),
    ...(tls.checkHostname ? {} : { checkServerIdentity: () => undefined }),
  };
}

function identityOptions(identity: Identity, readFile: ReadFile): ConnectionOptions {
  const { passphrase } = identity;
  const secret = passphrase === undefined ? {} : { passphrase };
  if (identity.kind === 'PKCS12') return { pfx: bytesOf(identity.store, readFile), ...secret };
  return {
    cert: bytesOf(identity.certificate, readFile),
    key: bytesOf(identity.key, readFile),
    ...secret,
  };
}

function bytesOf(material: Material, readFile: ReadFile): Buffer {
  return 'text' in material ? Buffer.from(material.text) : readFile(material.file);
}

function textOf(material: Material, readFile: ReadFile): string {
  return bytesOf(material, readFile).toString().trim();
}

function saslOptions(sasl: Sasl, parts: SecurityParts): SASLOptions | Mechanism {
  if (sasl.mechanism === 'OAUTHBEARER') {
    const token = tokens(sasl.token, parts);
    return { mechanism: 'oauthbearer', authenticationProvider: (login) => byToken(token, login) };
  }
  // kafkajs asks for them each time it authenticates, and keeps this object as it is.
  return {
    mechanism: sasl.mechanism.toLowerCase(),
    get username() {
      return textOf(sasl.username, parts.readFile);
    },
    get password() {
      return textOf(sasl.password, parts.readFile);
    },
  } as SASLOptions;
}

/**
 * RFC 7628. kafkajs's own does not look at the broker's answer, takes a refused token for a good one, and is told later that the connection was closed.
 */
function byToken(
  token: () => Promise<string>,
  { host, port, saslAuthenticate }: AuthenticationProviderArgs,
): Authenticator {
  return {
    authenticate: async () => {
      const message = Buffer.from(`n,,\x01auth=Bearer ${await token()}\x01\x01`);
      const encoded = Buffer.alloc(4 + message.length);
      encoded.writeInt32BE(message.length);
      message.copy(encoded, 4);
      const refusal = await saslAuthenticate<string>({
        request: { encode: () => encoded },
        response: { decode: (bytes) => bytes, parse: (bytes) => bytes.toString() },
      });
      // An empty answer, or a JSON object that says why not.
      const why = refusal?.slice(Math.max(0, refusal.indexOf('{'))) ?? '';
      if (why.startsWith('{'))
        throw new KafkaFailure('tell', `SASL OAUTHBEARER: ${host}:${port} refuses the token: ${why}`);
    },
  };
}

function tokens(source: TokenSource, { readFile, monotonic }: SecurityParts): () => Promise<string> {
  if ('file' in source) return () => Promise.resolve().then(() => textOf(source, readFile));
  return tokenFromEndpoint(source, monotonic);
}
