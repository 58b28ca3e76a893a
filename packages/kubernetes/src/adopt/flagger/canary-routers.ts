import { parseDuration } from '@sluice/core/kernel/duration.ts';
import type { GatewayRouter, IstioRouter, RouterSettings } from '../../settings/router-settings.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { findManifest, isUnderstood } from '../workloads/find-manifest.ts';
import { PLAIN_ISTIO } from '../workloads/find-routers.ts';
import { istioTrafficPolicy } from '../workloads/istio-traffic-policy.ts';
import type { CanaryReading } from './canary-reading.ts';
import type { CanaryService } from './canary-spec.ts';

/** Who splits the requests of a Canary, and by what they are told to be its own. */
export interface CanaryRouters {
  readonly routers: readonly RouterSettings[];
  readonly host: string | null;
  readonly path: string;
  readonly timeoutMs: number | null;
}

/** What a route may carry and no setting holds; a route that the user writes keeps it. */
const OF_OWN_ROUTES = ['rewrite', 'headers', 'corsPolicy', 'mirror', 'delegation'] as const;

/** Where neither a request nor a try has a limit, a try gets that of the whole request in Sluice, in ms. */
const UNLIMITED_TRY_MS = 60_000;
/** What Istio retries when nothing is said (reference of `HTTPRetry`). */
const DEFAULT_RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,503';

/** The router that a Canary's provider stands for, with what `spec.service` says of it. */
export function canaryRouters(reading: CanaryReading, service: CanaryService): CanaryRouters {
  const own = ownRoute(reading);
  const hosts = service.hosts ?? [];
  const path = own ? '/' : pathOf(reading, service);
  if (!own) refuseUnheld(reading, service);
  const timeoutMs = timeoutOf(reading, service.timeout, ['spec', 'service', 'timeout']);
  const known = { host: hosts.length === 1 && hosts[0] !== '*' ? hosts[0]! : null, path, timeoutMs };
  switch (reading.provider) {
    case 'kubernetes':
      return { ...known, routers: [{ kind: 'service' }] };
    case 'istio':
      return { ...known, routers: [istioRouter(reading, service, own, timeoutMs)] };
    case 'gateway-api':
    case 'linkerd':
      if (hosts.length > 1 && !own)
        reading.notes.fault(
          reading.document,
          ['spec', 'service', 'hosts'],
          `Sluice makes routes for one host. Write the HTTPRoute ${reading.names.apex} with all of them yourself and add its file: then Sluice changes only its backends.`,
        );
      return { ...known, routers: [gatewayRouter(reading, service, own, timeoutMs)] };
  }
}

/** A route of the files under the name that Flagger would give its own. */
function ownRoute({ notes, document, documents, settings, namespace, names, provider }: CanaryReading) {
  if (provider === 'kubernetes') return undefined;
  const kind = provider === 'istio' ? 'VirtualService' : 'HTTPRoute';
  const own = findManifest(documents, { kind, name: names.apex, namespace }, settings.namespace);
  if (!own || !isUnderstood(notes, own)) return undefined;
  notes.use(own);
  notes.differ(
    document,
    ['spec', 'service'],
    `Flagger would overwrite ${kind} ${names.apex}. Sluice takes it over as it stands in the file and sets only where its rules send requests to; hosts, matches, headers and timeouts are those of the file.`,
  );
  return own;
}

function gatewayRouter(
  { notes, document, spec, names, provider }: CanaryReading,
  service: CanaryService,
  own: ManifestDocument | undefined,
  timeoutMs: number | null,
): GatewayRouter {
  const references = service.gatewayRefs ?? [];
  if (provider === 'gateway-api' && references.length === 0)
    notes.fault(document, ['spec', 'service'], 'The provider gatewayapi needs gatewayRefs.');
  references.forEach(({ kind, port }, index) => {
    const path = ['spec', 'service', 'gatewayRefs', index, 'port'];
    if (port === undefined || (kind === 'Service' && port === service.port)) return;
    if (kind === 'Service')
      notes.differ(document, path, 'The route is for every port of the Service, not for this one alone.');
    else notes.fault(document, path, 'Sluice attaches a route to a listener by its name; write sectionName.');
  });
  const isSticky = provider === 'gateway-api' && !spec.analysis.iterations;
  const apex = { kind: 'Service', name: names.apex, namespace: null, section: null } as const;
  const parents = references.map(({ kind, name, namespace, sectionName }) => ({
    kind: kind === 'Service' ? ('Service' as const) : ('Gateway' as const),
    name,
    namespace: namespace ?? null,
    section: sectionName ?? null,
  }));
  if (service.backendTimeout !== undefined)
    notes.differ(
      document,
      ['spec', 'service', 'backendTimeout'],
      'Sluice sets one time limit per request, that of `timeout`, and none of its own for a backend.',
    );
  return {
    kind: 'gateway-api',
    route: 'HTTPRoute',
    name: own ? names.apex : null,
    parents: provider === 'linkerd' && parents.length === 0 ? [apex] : parents,
    sessionCookie: own || !isSticky ? null : (spec.analysis.sessionAffinity?.cookieName ?? null),
    timeoutMs: own ? null : timeoutMs,
  };
}

function istioRouter(
  reading: CanaryReading,
  service: CanaryService,
  own: ManifestDocument | undefined,
  timeoutMs: number | null,
): IstioRouter {
  const { notes, document, names } = reading;
  const policy = service.trafficPolicy;
  const hosts = service.hosts ?? [];
  const perTry = timeoutOf(reading, service.retries?.perTryTimeout, [
    'spec',
    'service',
    'retries',
    'perTryTimeout',
  ]);
  if (reading.spec.analysis.sessionAffinity)
    notes.fault(
      document,
      ['spec', 'analysis', 'sessionAffinity'],
      'Sluice cannot keep users on a revision by a cookie in Istio’s own objects. Use provider: gatewayapi:v1 with a gateway that offers session persistence, or match who should be in the test by a header or cookie (iterations and match).',
    );
  if (service.appProtocol?.toLowerCase() === 'tcp')
    notes.fault(
      document,
      ['spec', 'service', 'appProtocol'],
      'Sluice shifts HTTP requests, not TCP connections.',
    );
  return {
    ...PLAIN_ISTIO,
    ...(policy ? istioTrafficPolicy(notes, document, ['spec', 'service', 'trafficPolicy'], policy) : {}),
    virtualService: own ? { name: names.apex, routes: [] } : null,
    gateways: service.gateways && service.gateways.length > 0 ? service.gateways : ['mesh'],
    hosts: hosts.includes(names.apex) || hosts.includes('*') ? hosts : [...hosts, names.apex],
    timeoutMs: own ? null : timeoutMs,
    retries:
      service.retries && !own
        ? {
            attempts: service.retries.attempts ?? 0,
            perTryTimeoutMs: perTry ?? timeoutMs ?? UNLIMITED_TRY_MS,
            on: service.retries.retryOn ?? DEFAULT_RETRY_ON,
          }
        : null,
  };
}

function timeoutOf(
  { notes, document }: CanaryReading,
  text: string | undefined,
  path: ManifestPath,
): number | null {
  if (text === undefined) return null;
  const timeoutMs = parseDuration(text);
  if (timeoutMs === undefined) notes.fault(document, path, 'A time such as 500ms or 30s was expected.');
  return timeoutMs ?? null;
}

/** The one path prefix that a route of Sluice's own can have. */
function pathOf({ notes, document, names, provider }: CanaryReading, { match = [] }: CanaryService): string {
  const prefixes = match.map(({ uri, ...rest }) =>
    Object.keys(rest).length === 0 && Object.keys(uri ?? {}).join() === 'prefix' ? uri?.prefix : undefined,
  );
  if (prefixes.length === 0) return '/';
  const [prefix] = prefixes;
  if (provider === 'kubernetes' || (prefixes.length === 1 && prefix?.startsWith('/'))) {
    if (provider === 'istio' && prefix !== '/')
      notes.differ(
        document,
        ['spec', 'service', 'match'],
        `Istio compares ${prefix} letter by letter, so that it takes ${prefix}x too; Sluice takes whole segments of the path.`,
      );
    return prefix ?? '/';
  }
  notes.fault(
    document,
    ['spec', 'service', 'match'],
    `Sluice makes routes by one path prefix. Write the ${provider === 'istio' ? 'VirtualService' : 'HTTPRoute'} ${names.apex} with these matches yourself and add its file: then Sluice changes only where it sends requests to.`,
  );
  return '/';
}

function refuseUnheld({ notes, document, names, provider }: CanaryReading, service: CanaryService): void {
  if (provider === 'kubernetes') return;
  const kind = provider === 'istio' ? 'VirtualService' : 'HTTPRoute';
  for (const key of OF_OWN_ROUTES) {
    const value = service[key];
    if (value === undefined || value === false || value === null) continue;
    if (key === 'rewrite' && isNoRewrite(service, provider)) continue;
    notes.fault(
      document,
      ['spec', 'service', key],
      `Routes that Sluice makes carry no \`${key}\`. Write the ${kind} ${names.apex} with it yourself and add its file: then Sluice changes only where it sends requests to.`,
    );
  }
  if (provider !== 'istio' && service.retries)
    notes.differ(
      document,
      ['spec', 'service', 'retries'],
      'Flagger sets no retries on an HTTPRoute, and Sluice sets none either.',
    );
}

/** In Istio the prefix of a match is what is rewritten: `/` to `/` changes nothing. */
const isNoRewrite = ({ rewrite, match }: CanaryService, provider: string): boolean =>
  provider === 'istio' &&
  rewrite?.authority === undefined &&
  rewrite?.uri === (match?.[0]?.uri?.prefix ?? '/');
