/**
 * Keeps other origins out, besides access control: a browser on the same machine will send requests here for any page that
 * asks, and with the cookie of its session. Two doors are closed:
 *
 * 1. DNS rebinding, where a stranger's name resolves to 127.0.0.1: `Host` must be a loopback name, that of `--public-url`, or
 *    over TLS one that the certificate is for.
 * 2. Requests across sites: `Origin` must be this API, and `Sec-Fetch-Site` must not name another, for everything
 *    that changes something and for the event stream, which costs a subscription.
 */
import type { Problem } from '@sluice/protocol/http/views.ts';
import { problem } from '../exchange/problems.ts';

/** The headers that say where a request comes from and whom it means. */
export interface RequestOrigin {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** Whether it came over TLS that ends here. */
  readonly isEncrypted: boolean;
  /** Whether the certificate that it was served with is for its host. */
  readonly isCertified: boolean;
}

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Where events are followed. */
const EVENT_STREAM = '/api/v1/events';
const HARMLESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const FRIENDLY_SITES: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** Why a request is refused for where it comes from; undefined when it may pass. */
export function strangerProblem(
  request: RequestOrigin,
  publicUrl: string | null = null,
): Problem | undefined {
  const known = publicUrl === null ? null : new URL(publicUrl);
  const isPublic = known !== null && request.host?.toLowerCase() === known.host;
  if (!isPublic && !request.isCertified && !namesLoopback(request.host)) return misdirected(request.host);
  if (HARMLESS_METHODS.has(request.method) && request.path !== EVENT_STREAM) return undefined;
  const scheme = request.isEncrypted ? 'https' : 'http';
  const own = isPublic ? known.origin : `${scheme}://${request.host?.toLowerCase()}`;
  return isCrossSite(request, own) ? crossSite() : undefined;
}

function namesLoopback(host: string | undefined): boolean {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::\d{1,5})?$/.exec(host ?? '');
  return match?.[1] !== undefined && LOOPBACK_NAMES.has(match[1].toLowerCase());
}

function isCrossSite({ origin, fetchSite }: RequestOrigin, own: string): boolean {
  if (fetchSite !== undefined && !FRIENDLY_SITES.has(fetchSite)) return true;
  return origin !== undefined && origin.toLowerCase() !== own;
}

const misdirected = (host: string | undefined): Problem =>
  problem({
    status: 421,
    code: 'unknown-host',
    detail: `The request is addressed to ${host === undefined ? 'no host' : `"${host}"`}, and this API answers only for localhost, 127.0.0.1, [::1], the host of --public-url and, over TLS, those of its certificate.`,
    remedy: 'Address it by one of these names, with the port of the API.',
  });

const crossSite = (): Problem =>
  problem({
    status: 403,
    code: 'cross-site-request',
    detail:
      'A page of another site sent this request; only pages of this control plane may change something.',
    remedy: 'Use the command line, or a page that this API serves itself.',
  });
