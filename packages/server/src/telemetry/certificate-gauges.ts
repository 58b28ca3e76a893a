import { Gauge, type Registry } from 'prom-client';

/** How the certificate of the API stands. */
export interface CertificateReading {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Whether its files hold another that cannot be used. */
  readonly isRefused: boolean;
}

/** Reads how the certificate stands. */
export type CertificateReader = () => CertificateReading;

/**
 * Makes the gauges of the certificate of the API. They say nothing before they are given a reader.
 *
 * @returns takes the reader
 */
export function certificateGauges(registry: Registry): (reader: CertificateReader) => void {
  let read: () => CertificateReading | null = () => null;
  const gauge = (name: string, help: string, value: (reading: CertificateReading) => number) =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        const reading = read();
        if (reading) this.set(value(reading));
        else this.remove();
      },
    });
  gauge(
    'sluice_tls_certificate_expiry_timestamp_seconds',
    'When the certificate of the API expires, in seconds since 1970; absent where TLS is not spoken.',
    ({ expiresAt }) => expiresAt / 1000,
  );
  gauge(
    'sluice_tls_certificate_refused',
    'Whether the files of the certificate hold another that cannot be used, while the one before serves on: 1 or 0.',
    ({ isRefused }) => (isRefused ? 1 : 0),
  );
  return (reader) => {
    read = reader;
  };
}
