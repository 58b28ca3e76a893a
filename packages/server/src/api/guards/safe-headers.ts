import type { IncomingMessage, ServerResponse } from 'node:http';
import { isCertified } from '../../tls/encrypted-request.ts';

/**
 * What every answer tells a browser: it is what its type says, is shown in nobody's frame and to no other site, runs and
 * loads nothing, and gives no address away. Pages say in their own headers what they need beyond that.
 */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** For a year, and without its subdomains, which are not ours to speak for. */
const HTTPS_ONLY = 'max-age=31536000';

/**
 * Puts them on the answer itself, so that one that is written past the framework, as a stream is, carries them as well.
 *
 * @param publicUrl where people reach the control plane; browsers are told to come by https alone where that is https, or where
 *   the request came over TLS that ends here
 */
export function carrySafeHeaders(
  answer: ServerResponse,
  request: IncomingMessage,
  publicUrl: string | null,
): void {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) answer.setHeader(name, value);
  if (publicUrl?.startsWith('https:') || isOwnHost(request))
    answer.setHeader('strict-transport-security', HTTPS_ONLY);
}

/** What else a machine serves as `localhost` is not ours to speak for. */
function isOwnHost(request: IncomingMessage): boolean {
  const host = request.headers[':authority'] ?? request.headers.host;
  return typeof host === 'string' && !/^localhost(?::|$)/i.test(host) && isCertified(request, host);
}
