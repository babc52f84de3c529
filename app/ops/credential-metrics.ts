/** Until when credentials are good, for the alert that comes before they are not. */
import { Gauge, type Registry } from 'prom-client';

/** One credential as the metrics see it. Times are seconds since the epoch. */
export interface CredentialTimes {
  readonly kind: string;
  readonly from?: number;
  readonly until: number;
}

/** @param credentials Asked at each scrape. */
export function credentialMetrics(registry: Registry, credentials: () => readonly CredentialTimes[]): void {
  const gauge = (name: string, help: string, read: (of: CredentialTimes) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        // What is gone must not be warned of.
        this.reset();
        for (const it of credentials()) {
          const value = read(it);
          if (value !== undefined) this.set({ kind: it.kind }, value);
        }
      },
    });
  };
  gauge(
    'barista_kafka_credentials_expiry_timestamp_seconds',
    'Until when the CA, the certificate or the token for Kafka is good.',
    ({ until }) => until,
  );
  gauge(
    'barista_kafka_credentials_issued_timestamp_seconds',
    'From when on the CA, the certificate or the token for Kafka is good, when it says so.',
    ({ from }) => from,
  );
}
