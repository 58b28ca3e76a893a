/**
 * Purpose: nobody gets further than they may, whatever the operation.
 *
 * 1. A route that does not say what it needs is not served: registration fails. 2. Who calls is known before anything of the
 * request is read, and stands as `by` in whatever the request changes. 3. Where it matters which track is meant, it is
 * taken from the path, the query or the body, or looked up; lists are cut down to what the caller sees.
 */
import { ANONYMOUS, type Caller } from '@sluice/core/access/caller.ts';
import {
  type AccessDecision,
  ANYWHERE,
  decideAccess,
  ORGANISATION,
} from '@sluice/core/access/decide-access.ts';
import type { Permission } from '@sluice/core/access/permissions.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../exchange/problems.ts';
import { type Gatekeeper, NO_LIMITS } from '../guards/limit-requests.ts';
import { grpcStreamOf, refuseCall } from '../guards/refuse-call.ts';
import type { AccessGuard, Credentials } from '../../access/access-guard.ts';
import type { Waiting } from '../../access/sign-in-refusals.ts';
import { shownBy } from './credentials.ts';
import type { Need } from './needs.ts';
import { refusedWork, type ServedThing } from './refused-work.ts';
import { CSRF_HEADER, isProofOf } from '../../access/session-cookie.ts';
import {
  forbidden,
  noProof,
  unauthenticated,
  unauthenticatedWorker,
  unknownCredentials,
} from './refused-access.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
    /** Why the caller may not do something to a track, or to the whole organisation when null; undefined when it may. */
    mayNot(permission: Permission, track: string | null): Promise<Problem | undefined>;
    /** Why the caller may not do the work of what it names, as workers do; undefined when it may, or there is no such thing. */
    mayNotServe(named: ServedThing): Promise<Problem | undefined>;
    /** Whether what let the caller in was revoked since. */
    isRevoked(): Promise<boolean>;
    /** Whether the caller may still ask this, by what it shows and has now; from then on `mayNot` goes by that. */
    isStillWelcome(): Promise<boolean>;
  }
}

/**
 * Guards every route that is registered afterwards; whoever asks too much is refused by the gatekeeper.
 *
 * @param publicUrl where browsers come, which says by which cookie they are known
 */
export function guardAccess(
  app: FastifyInstance,
  guard: AccessGuard,
  gate: Gatekeeper = NO_LIMITS,
  publicUrl: string | null = null,
): void {
  app.decorateRequest('caller');
  app.decorateRequest('mayNot');
  app.decorateRequest('mayNotServe');
  app.decorateRequest('isRevoked');
  app.decorateRequest('isStillWelcome');
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.needs === undefined && method !== 'OPTIONS')
      throw new SluiceError(
        'invalid-input',
        `The route ${String(method)} ${url} does not say what it needs of its caller.`,
        {
          next: 'ask-human',
        },
      );
  });
  app.addHook('onRequest', async (request, reply) => {
    const credentials = shownBy(request.raw, publicUrl);
    const needed = needOf(request);
    if (needed === undefined) return undefined;
    const refused = isOpen(needed)
      ? gate.mayAsk(request, reply, null)
      : await admit({ guard, gate, credentials }, request, reply, needed.permission);
    if (refused === undefined) return undefined;
    return refuseWith(request, reply, refused);
  });
  app.addHook('preHandler', async (request, reply) => {
    const needed = needOf(request);
    if (needed === undefined || isOpen(needed) || isCall(request)) return undefined;
    nameCaller(request);
    if (needed.permission === null) return undefined;
    const refused = await refusedScope(guard, request, needed);
    return refused === undefined ? undefined : sendProblem(request, reply, refused);
  });
  app.addHook('preSerialization', async (request, reply, payload) => {
    const needed = needOf(request);
    return needed?.permission && needed.of === 'list' && reply.statusCode === 200
      ? visiblePart(guard, request.caller, needed, payload)
      : payload;
  });
}

const needOf = (request: FastifyRequest): Need | undefined => request.routeOptions.config.needs;

const isOpen = ({ permission, ...need }: Need): boolean =>
  permission === null && !('signedIn' in need && need.signedIn === true);

/** Calls over gRPC are looked into by what serves them (`grpc/`): their messages are not read here. */
const isCall = (request: FastifyRequest): boolean => request.routeOptions.config.isCall === true;

async function admit(
  {
    guard,
    gate,
    credentials,
  }: { readonly guard: AccessGuard; readonly gate: Gatekeeper; readonly credentials: Credentials },
  request: FastifyRequest,
  reply: FastifyReply,
  permission: Permission | null,
): Promise<Waiting | undefined> {
  const untried = gate.mayLook(request, credentials);
  if (untried) return untried;
  const caller = await guard.callerOf(credentials);
  gate.looked(request, credentials, caller);
  if (caller === null) return unknownCredentials();
  const limited = gate.mayAsk(request, reply, caller);
  if (limited) return limited;
  if (lacksProof(request, credentials)) return noProof();
  request.caller = caller;
  request.mayNot = async (wanted, track) => {
    const decision = await decided(guard, request.caller, wanted, track);
    return decision.allowed ? undefined : refusalFor(request.caller, wanted, decision.reason);
  };
  request.isRevoked = async () => (await guard.isRevoked?.(credentials)) ?? false;
  // As if somebody else showed it: what was found out for this request before is not what counts.
  request.isStillWelcome = async () => isWelcome(guard, request, await guard.callerOf({ ...credentials }));
  request.mayNotServe = (named) => refusedWork(guard, request, named);
  if (permission === null) return caller.subject === ANONYMOUS ? unauthenticated() : undefined;
  const decision = decideAccess(caller, permission, ANYWHERE);
  return decision.allowed ? undefined : refusalFor(caller, permission, decision.reason);
}

async function isWelcome(
  guard: AccessGuard,
  request: FastifyRequest,
  present: Caller | null,
): Promise<boolean> {
  if (present === null) return false;
  request.caller = present;
  const needed = needOf(request);
  if (!needed?.permission) return true;
  const isIn = decideAccess(present, needed.permission, ANYWHERE).allowed;
  return isIn && (await refusedScope(guard, request, needed)) === undefined;
}

const HARMLESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Browsers send cookies whoever asks them to; that the page asks which was shown its session, only the header says. */
function lacksProof({ method, headers }: FastifyRequest, { bearer, session }: Credentials): boolean {
  if (bearer !== null || session === null || HARMLESS.has(method)) return false;
  return !isProofOf(session, headers[CSRF_HEADER]);
}

function refusalFor({ subject }: Caller, permission: Permission, reason: string): Problem {
  if (subject !== ANONYMOUS) return forbidden(reason);
  return permission === 'agents:work' ? unauthenticatedWorker() : unauthenticated();
}

function decided(
  guard: AccessGuard,
  caller: Caller,
  permission: Permission,
  track: string | null,
): AccessDecision | Promise<AccessDecision> {
  const everywhere = decideAccess(caller, permission, ORGANISATION);
  return everywhere.allowed || track === null ? everywhere : guard.mayWith(caller, permission, track);
}

/** Who asks is who the caller is, whatever a request says. */
function nameCaller({ body, query, caller }: FastifyRequest): void {
  for (const part of [body, query])
    if (typeof part === 'object' && part !== null && 'by' in part) part.by = caller.subject;
}

async function refusedScope(
  guard: AccessGuard,
  request: FastifyRequest,
  needed: Exclude<Need, { permission: null }>,
): Promise<Problem | undefined> {
  const { permission, of } = needed;
  if (of === 'asked' || of === 'anywhere') return undefined;
  if (of === 'organisation') return request.mayNot(permission, null);
  if (of === 'track') return request.mayNot(permission, namedTrack(request));
  if (of === 'list') {
    const track = namedTrack(request);
    return track === null ? undefined : request.mayNot(permission, track);
  }
  if (decideAccess(request.caller, permission, ORGANISATION).allowed) return undefined;
  for (const track of await guard.tracksOf(request.caller, of, namedId(request, of))) {
    const refused = await request.mayNot(permission, track);
    if (refused) return refused;
  }
  // What is not there is said by the operation.
  return undefined;
}

/**
 * The track that a request names: in its path, else in its query, else in its body. What the operation does not read names
 * nothing: somebody could write there what they have rights to, beside what it is about.
 */
function namedTrack({ params, query, body, routeOptions }: FastifyRequest): string | null {
  const { application, environment, component } = Object(params) as Record<string, string | undefined>;
  if (application !== undefined) return `${application}/${environment}/${component}`;
  const { querystring, body: bodySchema } = routeOptions.schema ?? {};
  for (const part of [querystring && query, bodySchema && body]) {
    const { track } = Object(part) as { track?: unknown };
    if (typeof track === 'string') return track;
  }
  return null;
}

function namedId({ params }: FastifyRequest, kind: string): string {
  const { id, [kind]: named } = Object(params) as Record<string, string | undefined>;
  return named ?? id ?? '';
}

async function visiblePart(
  guard: AccessGuard,
  caller: Caller,
  { permission, trackOf }: Extract<Need, { of: 'list' }>,
  payload: unknown,
): Promise<unknown> {
  const { items } = Object(payload) as { items?: readonly never[] };
  if (items === undefined || decideAccess(caller, permission, ORGANISATION).allowed) return payload;
  const isSeen = async (item: never): Promise<boolean> => {
    const track = trackOf(item);
    return track !== null && (await guard.mayWith(caller, permission, track)).allowed;
  };
  const seen = await Promise.all(items.map(isSeen));
  return { ...Object(payload), items: items.filter((_item, index) => seen[index] === true) };
}

function refuseWith(
  request: FastifyRequest,
  reply: FastifyReply,
  { retryAfterSeconds, ...refused }: Waiting,
): FastifyReply {
  const stream = grpcStreamOf(request);
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (stream) return refuseCall(stream, reply, refused);
  if (refused.status === 401) void reply.header('www-authenticate', 'Bearer realm="sluice"');
  return sendProblem(request, reply, refused);
}
