/** Until when credentials are good, for the alert that comes before they are not. */
import { Gauge, type Registry } from 'prom-client';

/** One credential as the metrics see it. Times are seconds since the epoch. */
export interface CredentialTimes {
  readonly server: string;
  readonly kind: string;
  readonly from?: number;
  readonly until: number;
}

/** @param credentials Asked at each scrape. */
export function credentialMetrics(
  registry: Registry,
  credentials: () => Promise<readonly CredentialTimes[]>,
): void {
  const gauge = (name: string, help: string, read: (of: CredentialTimes) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ['server', 'kind'],
      registers: [registry],
      async collect() {
        const all = await credentials();
        // What is gone must not be warned of.
        this.reset();
        for (const it of all) {
          const value = read(it);
          if (value !== undefined) this.set({ server: it.server, kind: it.kind }, value);
        }
      },
    });
  };
  gauge(
    'barista_credentials_expiry_timestamp_seconds',
    'Until when a CA or a token for the SCDF server is good, of those that are files',
    ({ until }) => until,
  );
  gauge(
    'barista_credentials_issued_timestamp_seconds',
    'From when on a CA or a token for the SCDF server is good, when it says so',
    ({ from }) => from,
  );
}
