/** The certificate and the key of a server of ours, in files that somebody else renews. */
import { createSecureContext } from 'node:tls';
import type { Clock } from '../runtime/clock.ts';
import { readText } from '../runtime/files.ts';
import type { Log } from '../runtime/log.ts';

export interface KeyPairFiles {
  /** PEM: the server's certificate first, then those of authorities between. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
}

/** PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A mounted Secret takes the kubelet a minute anyway. */
const POLL_MS = 5_000;

export interface RotatingKeyPairOptions extends KeyPairFiles {
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks whether the files have changed. A pair that does not fit changes nothing: one of the two may be still to come. */
export class RotatingKeyPair {
  readonly #options: RotatingKeyPairOptions;
  #inForce: KeyPair | undefined;
  /** The trouble that was logged last. */
  #logged: string | undefined;
  #cancel = (): void => undefined;
  #stopped = false;

  constructor(options: RotatingKeyPairOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the pair that there is; from then on `take` is given each new one. Throws an Error with a sentence that
   * names the file, and never has what is in it.
   */
  async start(take: (pair: KeyPair) => void): Promise<KeyPair> {
    const pair = await this.#read();
    this.#inForce = pair;
    this.#lookAgain(take);
    return pair;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #lookAgain(take: (pair: KeyPair) => void): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(POLL_MS, () => {
      void this.#look(take).finally(() => this.#lookAgain(take));
    });
  }

  async #look(take: (pair: KeyPair) => void): Promise<void> {
    const { log, certFile: file } = this.#options;
    try {
      const pair = await this.#read();
      this.#logged = undefined;
      if (this.#stopped || (pair.cert === this.#inForce?.cert && pair.key === this.#inForce.key)) return;
      this.#inForce = pair;
      take(pair);
      log.info('the certificate of the port for metrics and health has changed and is in force', { file });
    } catch (error) {
      const { message } = error as Error;
      if (message === this.#logged) return;
      this.#logged = message;
      log.error(
        'the new certificate of the port for metrics and health is not good: the former one stays in force',
        {
          file,
          err: error,
        },
      );
    }
  }

  async #read(): Promise<KeyPair> {
    const { certFile, keyFile } = this.#options;
    const [cert, key] = await Promise.all([readText(certFile), readText(keyFile)]);
    try {
      createSecureContext({ cert, key });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `${certFile} and ${keyFile} are no certificate with its key (${why}): give both as PEM`,
        {
          cause,
        },
      );
    }
    return { cert, key };
  }
}
