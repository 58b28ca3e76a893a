import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Attempt } from './refusal-failure.ts';

/** Codes of Node's TLS that mean: the certificate is not signed by the authority that was named. */
const foreignAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

const timeouts = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start the API server or correct the address',
  ENOTFOUND: 'the name does not resolve; correct the address or the DNS',
  EAI_AGAIN: 'the name does not resolve at the moment; look at the DNS',
  EHOSTUNREACH: 'there is no route to it; look at the network or the VPN',
  ENETUNREACH: 'there is no route to it; look at the network or the VPN',
  ECONNRESET: 'the connection was cut; something between here and there, or the server itself, went away',
  UND_ERR_SOCKET: 'the connection was cut; something between here and there, or the server itself, went away',
  CERT_HAS_EXPIRED: "the server's certificate has expired; renew it",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another name; use the name it is for, or set tls-server-name in the kubeconfig",
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; write http:// if that is meant',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the client certificate and its key do not belong together',
};

/** Codes after which nothing was answered, so that what may be repeated can be sent again on another connection. */
const cutCodes = new Set(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE']);

/** Whether a connection was cut, as happens to one that was kept for later and closed by the other side. */
export function isCut(failure: SluiceError): boolean {
  const code = codeOf(failure.cause);
  return failure.code === 'unreachable' && code !== undefined && cutCodes.has(code);
}

/** The failure that stands for a server that could not be spoken to, or not to the end. */
export function connectionFailure(thrown: unknown, attempt: Attempt, server: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  const code = codeOf(thrown);
  const tried = `${attempt.action} in cluster ${attempt.cluster}`;
  if (code !== undefined && timeouts.has(code)) {
    const message = `${tried}: ${server} did not answer in time; it is down, overloaded or behind a firewall`;
    return new SluiceError('timed-out', message, { next: 'retry', cause: thrown });
  }
  if (code !== undefined && foreignAuthority.has(code)) {
    const message = `${tried}: the certificate of ${server} is not signed by the authority of ${attempt.origin} (${code}); take the certificate authority of this cluster, or correct the address`;
    return new SluiceError('unreachable', message, { next: 'ask-human', cause: thrown });
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const said = words[code ?? ''] ?? `${reason}; look whether the server is up and the address right`;
  return new SluiceError('unreachable', `${tried}: ${server}: ${said}`, { next: 'retry', cause: thrown });
}

/** The failure of an answer that did not end in time. */
export function lateFailure(attempt: Attempt, server: string, timeoutMs: number): SluiceError {
  return new SluiceError(
    'timed-out',
    `${attempt.action} in cluster ${attempt.cluster}: ${server} gave no full answer within ${timeoutMs / 1000} s; it is down, overloaded or behind a firewall`,
    { next: 'retry' },
  );
}

function codeOf(thrown: unknown, depth = 0): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || depth > 4) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return 'cause' in thrown ? codeOf(thrown.cause, depth + 1) : undefined;
}
