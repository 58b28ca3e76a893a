import type { IncomingMessage } from 'node:http';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { type HostStatus, revisionOrderSchema, splitOrderSchema } from '@sluice/protocol/host/host-schema.ts';
import { poolOrderSchema } from '@sluice/protocol/host/pool-schema.ts';
import { headOfferSchema } from '@sluice/protocol/ledger/signed-head.ts';
import { z } from 'zod';
import type { HostPaths } from '../disk/host-paths.ts';
import type { HeadKeeper } from '../disk/head-keeper.ts';
import type { Router } from '../router/router.ts';
import type { HostSupervisor } from '../supervisor/host-supervisor.ts';
import { readRevision, readTrack, readWhole } from './names.ts';
import { outcomeReply, refusalReply, type Reply } from './problem.ts';
import { readBody } from './read-body.ts';
import { revisionLogs } from './revision-logs.ts';

/** What the control API speaks for. */
export interface ControlledHost {
  readonly paths: HostPaths;
  readonly supervisor: HostSupervisor;
  readonly router: Router;
  /** The heads of the control plane's ledger, which this host witnesses. */
  readonly heads: HeadKeeper;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  status(): HostStatus;
  /** Ends the host after the answer was sent; resolves when processes that should stop have stopped. */
  shutDown(stopProcesses: boolean): Promise<void>;
}

/** One request, taken apart. */
export interface ControlRequest {
  readonly method: string;
  /** Path segments after `/v1/`, still encoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly message: IncomingMessage;
}

type Operation = (host: ControlledHost, request: ControlRequest, names: readonly string[]) => Promise<Reply>;

const GENERATION = { least: 1, most: Number.MAX_SAFE_INTEGER };
/** Seconds of traffic in one reply, and how many the router keeps. */
const TRAFFIC_SECONDS = { fallback: 900, least: 1, most: 900 };
const LOG_LINES = { fallback: 100, least: 1, most: 10_000 };

const shutdownSchema = z.strictObject({ stopProcesses: z.boolean() });

/** Method and path of each operation; `:track` and `:revision` stand for one segment. */
const OPERATIONS: readonly (readonly [string, string, Operation])[] = [
  ['GET', 'host', async (host) => ({ status: 200, body: host.status() })],
  ['GET', 'tracks', async ({ supervisor }) => ({ status: 200, body: { tracks: supervisor.tracks() } })],
  ['GET', 'tracks/:track', getTrack],
  ['PUT', 'tracks/:track/revisions/:revision', putRevision],
  ['DELETE', 'tracks/:track/revisions/:revision', deleteRevision],
  ['PUT', 'tracks/:track/revisions/:revision/pool', putPool],
  ['GET', 'tracks/:track/revisions/:revision/usage', getUsage],
  ['PUT', 'tracks/:track/split', putSplit],
  ['GET', 'tracks/:track/traffic', getTraffic],
  ['GET', 'tracks/:track/revisions/:revision/logs', getLogs],
  ['GET', 'ledger-head', getLedgerHead],
  ['PUT', 'ledger-head', putLedgerHead],
  ['POST', 'shutdown', shutDown],
];

/** Carries out one request; whatever is wrong with it is an answer, and only failures of the host are thrown. */
export async function answerControl(host: ControlledHost, request: ControlRequest): Promise<Reply> {
  const matching = OPERATIONS.filter(([, path]) => matches(path, request.segments));
  if (matching.length === 0)
    return refusalReply({
      code: 'route-unknown',
      message: `There is nothing at /v1/${request.segments.join('/').slice(0, 100)}.`,
      remedy: 'See the host protocol for what there is.',
    });
  const found = matching.find(([method]) => method === request.method);
  if (found === undefined)
    return refusalReply({
      code: 'method-not-allowed',
      message: `${request.method} is not possible here.`,
      remedy: `Use ${matching.map(([method]) => method).join(' or ')}.`,
    });
  const names = readNames(found[1], request.segments);
  return names.ok ? found[2](host, request, names.value) : refusalReply(names.refusal);
}

async function getTrack(
  host: ControlledHost,
  _request: ControlRequest,
  [track = '']: readonly string[],
): Promise<Reply> {
  const known = host.supervisor.track(track);
  return known ? { status: 200, body: known.status() } : unknownTrack(track);
}

async function putRevision(
  { supervisor }: ControlledHost,
  { message }: ControlRequest,
  [track = '', revision = '']: readonly string[],
): Promise<Reply> {
  const order = await readBody(message, revisionOrderSchema);
  if (!order.ok) return refusalReply(order.refusal);
  return outcomeReply(await supervisor.order(track, (known) => known.putRevision(revision, order.value)));
}

async function putPool(
  { supervisor }: ControlledHost,
  { message }: ControlRequest,
  [track = '', revision = '']: readonly string[],
): Promise<Reply> {
  const order = await readBody(message, poolOrderSchema);
  if (!order.ok) return refusalReply(order.refusal);
  return outcomeReply(await supervisor.order(track, (known) => known.putPool(revision, order.value)));
}

async function getUsage(
  { supervisor }: ControlledHost,
  _request: ControlRequest,
  [track = '', revision = '']: readonly string[],
): Promise<Reply> {
  const known = supervisor.track(track);
  return known ? { status: 200, body: { instances: await known.usageOf(revision) } } : unknownTrack(track);
}

async function deleteRevision(
  { supervisor }: ControlledHost,
  { query }: ControlRequest,
  [track = '', revision = '']: readonly string[],
): Promise<Reply> {
  const generation = readWhole(query, 'generation', GENERATION);
  if (!generation.ok) return refusalReply(generation.refusal);
  return outcomeReply(await supervisor.order(track, (known) => known.retire(revision, generation.value)));
}

async function putSplit(
  { supervisor }: ControlledHost,
  { message }: ControlRequest,
  [track = '']: readonly string[],
): Promise<Reply> {
  const order = await readBody(message, splitOrderSchema);
  if (!order.ok) return refusalReply(order.refusal);
  return outcomeReply(await supervisor.order(track, (known) => known.putSplit(order.value)));
}

async function getTraffic(
  host: ControlledHost,
  { query }: ControlRequest,
  [track = '']: readonly string[],
): Promise<Reply> {
  const since = readWhole(query, 'since', { fallback: 0, least: 0, most: Number.MAX_SAFE_INTEGER });
  if (!since.ok) return refusalReply(since.refusal);
  const limit = readWhole(query, 'limit', TRAFFIC_SECONDS);
  if (!limit.ok) return refusalReply(limit.refusal);
  if (!host.supervisor.track(track)) return unknownTrack(track);
  return { status: 200, body: host.router.traffic(track, since.value, limit.value) };
}

async function getLogs(
  host: ControlledHost,
  { query }: ControlRequest,
  [track = '', revision = '']: readonly string[],
): Promise<Reply> {
  const tail = readWhole(query, 'tail', LOG_LINES);
  if (!tail.ok) return refusalReply(tail.refusal);
  const instance = query.has('instance')
    ? readWhole(query, 'instance', { least: 0, most: 1_000_000 })
    : ok(null);
  if (!instance.ok) return refusalReply(instance.refusal);
  const secrets = host.supervisor.track(track)?.orderOf(revision)?.run.secrets ?? {};
  const asked = { track, revision, instance: instance.value, tail: tail.value };
  const lines = await revisionLogs(host.paths, asked, secrets, host.environment);
  return lines.ok ? { status: 200, body: lines.value } : refusalReply(lines.refusal);
}

async function getLedgerHead({ heads }: ControlledHost, { query }: ControlRequest): Promise<Reply> {
  return { status: 200, body: heads.last(query.get('tenant') ?? '') };
}

async function putLedgerHead({ heads }: ControlledHost, { message }: ControlRequest): Promise<Reply> {
  const offer = await readBody(message, headOfferSchema);
  if (!offer.ok) return refusalReply(offer.refusal);
  return { status: 200, body: await heads.offer(offer.value) };
}

async function shutDown(host: ControlledHost, { message }: ControlRequest): Promise<Reply> {
  const order = await readBody(message, shutdownSchema);
  if (!order.ok) return refusalReply(order.refusal);
  await host.shutDown(order.value.stopProcesses);
  return { status: 200, body: {} };
}

const unknownTrack = (track: string): Reply => {
  const message = `This host has no track ${track}.`;
  return refusalReply({ code: 'track-unknown', message, remedy: 'Order a revision for it first.' });
};

function matches(path: string, segments: readonly string[]): boolean {
  const parts = path.split('/');
  return (
    parts.length === segments.length &&
    parts.every((part, at) => part.startsWith(':') || part === segments[at])
  );
}

function readNames(path: string, segments: readonly string[]): Result<readonly string[]> {
  const names: string[] = [];
  for (const [at, part] of path.split('/').entries()) {
    if (!part.startsWith(':')) continue;
    const segment = segments[at] ?? '';
    const name = part === ':track' ? readTrack(segment) : readRevision(segment);
    if (!name.ok) return name;
    names.push(name.value);
  }
  return ok(names);
}
