import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';

/** How the API is served over TLS. */
export interface TlsSettings {
  /** PEM of the certificate, with those between it and its authority after it. */
  readonly certificateFile: string;
  /** PEM of its private key, without a password. */
  readonly keyFile: string;
  /** PEM of authorities whose certificates say who a worker is, beside the one of Sluice; null for none. */
  readonly clientAuthorityFile: string | null;
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** The options, and the variables that stand in for them. */
export const TLS_OPTIONS = {
  'tls-cert': 'SLUICE_TLS_CERT',
  'tls-key': 'SLUICE_TLS_KEY',
  'tls-client-ca': 'SLUICE_TLS_CLIENT_CA',
  listen: 'SLUICE_LISTEN',
} as const;
/** An option about TLS. */
export type TlsOption = keyof typeof TLS_OPTIONS;

const DEFAULT_PORT = 7443;
const DEFAULT_ADDRESS = '127.0.0.1';

/** Reads how TLS is spoken; null when it is not. A refusal says what is wrong. */
export function tlsSettingsIn(
  options: Readonly<Partial<Record<TlsOption, string>>>,
  environment: Readonly<Record<string, string | undefined>>,
): Result<TlsSettings | null> {
  const said = (name: TlsOption): string => (options[name] ?? environment[TLS_OPTIONS[name]] ?? '').trim();
  const [certificate, key, authority] = [said('tls-cert'), said('tls-key'), said('tls-client-ca')];
  const listen = said('listen');
  if (certificate === '' && key === '') {
    if (listen !== '') return wrong(WITHOUT_TLS);
    return authority === '' ? ok(null) : wrong('--tls-client-ca needs --tls-cert and --tls-key');
  }
  if (certificate === '' || key === '')
    return wrong('--tls-cert and --tls-key go together, and one is missing');
  const place = placeIn(listen);
  if (place === null)
    return wrong(
      `--listen needs an address of this machine and a port, as 0.0.0.0:7443 or [::]:7443, not "${listen}"`,
    );
  return ok({
    certificateFile: resolve(certificate),
    keyFile: resolve(key),
    clientAuthorityFile: authority === '' ? null : resolve(authority),
    ...place,
  });
}

const WITHOUT_TLS =
  '--listen says where TLS is spoken, and there is no certificate: without one the API is reached from this machine alone, ' +
  'as tokens could be read on the way. Give --tls-cert and --tls-key, or put a proxy that speaks TLS in front of it';

/** `7443`, `0.0.0.0`, `0.0.0.0:7443`, `[::]:7443`; null for anything else. */
function placeIn(text: string): Pick<TlsSettings, 'address' | 'port'> | null {
  if (text === '') return { address: DEFAULT_ADDRESS, port: DEFAULT_PORT };
  if (/^\d+$/.test(text)) return placed(DEFAULT_ADDRESS, text);
  if (isIP(text) !== 0) return placed(text, String(DEFAULT_PORT));
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  return isIP(address) === (bracketed === undefined ? 4 : 6)
    ? placed(address, port ?? String(DEFAULT_PORT))
    : null;
}

const placed = (address: string, port: string): Pick<TlsSettings, 'address' | 'port'> | null =>
  Number(port) <= 65_535 ? { address, port: Number(port) } : null;

const wrong = (fault: string): Result<never> =>
  refuse('bad-arguments', `The server cannot start: ${fault}.`, 'See --help for what it takes.');
