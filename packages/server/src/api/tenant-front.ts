/**
 * Purpose: one port for all tenants; each request goes to the API of whose it is.
 *
 * 1. A request goes to the tenant whose credentials it carries; one that carries none to `default`, or to the one whose channel
 * Slack names. 2. Whose credentials are is found out once, whatever the request asks for, and those that are nobody's count as a
 * guess, also where the operation asks nobody who they are.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Logger } from 'pino';
import type { AccessGuard, Credentials } from '../access/access-guard.ts';
import { shownBy } from './access/credentials.ts';
import type { RequestLimiter } from '../limits/request-limiter.ts';
import type { Api } from './api-instance.ts';

/** What stands behind the front. */
export interface TenantFrontParts {
  readonly guard: AccessGuard;
  readonly limiter: RequestLimiter;
  readonly log: Logger;
  /** Whose API answers whoever shows nothing, and is handed to the front. */
  readonly home: string;
  /** Where people reach the control plane; null for where they find it. */
  readonly publicUrl: string | null;
  /** A tenant, started where it does not run yet. */
  readonly of: (tenant: string) => Promise<ServedTenant>;
  readonly running: ReadonlyMap<string, ServedTenant>;
}

interface ServedTenant {
  readonly api: Pick<Api, 'routing'>;
}

/** Hands requests over to the API of whose they are; `own` is that of the home. */
export function tenantFront(own: RequestListener, tenants: TenantFrontParts): RequestListener {
  const { guard, limiter } = tenants;
  const listenerFor = async (
    request: IncomingMessage,
    credentials: Credentials,
  ): Promise<RequestListener> => {
    const caller = await guard.callerOf(credentials);
    limiter.guessed(limiter.addressOf(request), credentials, caller !== null);
    if (caller === null || caller.tenant === tenants.home) return own;
    const { api } = await tenants.of(caller.tenant);
    return (asked, response) => api.routing(asked, response);
  };
  return (request, response) => {
    const credentials = shownBy(request, tenants.publicUrl);
    const { bearer, session, tls } = credentials;
    const showsNothing = bearer === null && session === null && !tls?.certificate;
    // What Slack sends carries no credentials of ours: its address says whose it is, and its signature whether it is Slack's.
    const pressed = showsNothing ? tenants.running.get(pressedIn(request.url)) : undefined;
    if (pressed) return pressed.api.routing(request, response);
    const isWaiting = limiter.guessWaitMs(limiter.addressOf(request), credentials) > 0;
    // Nothing is looked up for whoever has to wait: the API of the tenant `default` says so.
    if (showsNothing || isWaiting) return own(request, response);
    listenerFor(request, credentials)
      .then((listener) => listener(request, response))
      .catch((thrown: unknown) => {
        // The API of the tenant `default` meets the same failure, and answers it as a problem.
        tenants.log.warn({ reason: SluiceError.from(thrown, 'finding a tenant').message }, 'no tenant found');
        own(request, response);
      });
  };
}

/** The organisation of `/hooks/slack/ORGANISATION/CHANNEL`; empty for every other address. */
const pressedIn = (url: string | undefined): string =>
  /^\/hooks\/slack\/([a-z0-9-]+)\/[^/]+$/.exec(url ?? '')?.[1] ?? '';
