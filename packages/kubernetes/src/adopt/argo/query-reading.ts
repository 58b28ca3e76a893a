import type { MeasurementSecret } from '@sluice/core/rollout/measurement-spec.ts';
import { base64 } from '../../render/base64.ts';
import type { ArgumentValues } from './analysis-arguments.ts';
import { headerValue, putArguments } from './put-arguments.ts';
import type { TemplateAuthentication, TemplateHeaders } from './template-shape.ts';

/** What a query is read with. `path` begins at `provider`. */
export interface QueryReading {
  readonly values: ArgumentValues;
  readonly readdressed: (text: string) => string;
  /** Address of Prometheus when the metric names none. */
  readonly prometheus: string | null;
  fault(path: readonly string[], message: string): void;
  differ(path: readonly string[], message: string): void;
}

/** Puts arguments into the texts below a path. */
export const putter =
  (reading: QueryReading, path: readonly string[]) =>
  (key: string, text: string): string =>
    putArguments(text, reading.values, (message) => reading.fault([...path, key], message));

/** Headers with their arguments; values of Secrets stay where they are kept. */
export function headersOf(
  headers: TemplateHeaders | undefined,
  reading: QueryReading,
  path: readonly string[],
): Record<string, MeasurementSecret> {
  const refuse = (message: string): void => reading.fault([...path, 'headers'], message);
  return Object.fromEntries(
    (headers ?? []).map(({ key, value }) => [key, headerValue(value, reading.values, refuse)]),
  );
}

/** The header by which a provider is sure of who asks; what Sluice cannot do is a fault. */
export function authenticated(
  authentication: TemplateAuthentication | undefined,
  reading: QueryReading,
  path: readonly string[],
): Record<string, MeasurementSecret> {
  const { basicAuth, oauth2, sigv4 } = authentication ?? {};
  const fault = (key: string, message: string): void =>
    reading.fault([...path, 'authentication', key], message);
  if (oauth2 && Object.keys(oauth2).length > 0)
    fault(
      'oauth2',
      'Sluice fetches no tokens of OAuth 2; put a token into a Secret and send it as the header Authorization.',
    );
  if (sigv4 && Object.keys(sigv4).length > 0)
    fault(
      'sigv4',
      'Sluice does not sign requests for Amazon; put a signing proxy (aws-sigv4-proxy) before it and name that as address.',
    );
  if (!basicAuth?.username && !basicAuth?.password) return {};
  const { username, password } = basicAuth;
  if (!username || !password) {
    fault('basicAuth', 'Both username and password were expected.');
    return {};
  }
  const refuse = (message: string): void =>
    fault(
      'basicAuth',
      message.includes('of Secret')
        ? 'Its parts come from a Secret. Put the whole value of the header (`Basic` and the Base64 of `name:password`) under one key of the Secret, and send it as the header Authorization.'
        : message,
    );
  const plain = `${putArguments(username, reading.values, refuse)}:${putArguments(password, reading.values, refuse)}`;
  return { Authorization: { value: `Basic ${base64(plain)}` } };
}

/** A whole number of seconds, in ms; 0 and nothing mean the default. */
export function secondsOf(
  value: number | string | undefined,
  otherwise: number,
  { values, fault }: QueryReading,
  path: readonly string[],
): number {
  const text = putArguments(String(value ?? otherwise), values, (message) => fault(path, message));
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0) return (seconds || otherwise) * 1000;
  fault(path, `A whole number of seconds was expected, not \`${text}\`.`);
  return otherwise * 1000;
}
