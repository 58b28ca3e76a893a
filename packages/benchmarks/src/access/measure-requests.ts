import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { apiClient } from '@sluice/protocol/http/client.ts';
import { median } from '../median.ts';
import type { AccessServers } from './access-servers.ts';
import type { AccessLoad, AskedWay, WayRound } from './asked-way.ts';

/** What a way of asking came to; the medians of all rounds. */
export interface WayRow {
  readonly name: string;
  readonly isLimited: boolean;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for each answer, over all rounds. */
  readonly serverMs: number;
  /** To asking anonymously at the same server: the median of the quotients within each round. */
  readonly toAnonymous: number;
  readonly failures: number;
  readonly firstFailure: string | null;
}

/** A page of nothing: what is left is finding out who asks, what they may, and one small query. */
const PATH = '/api/v1/tracks?limit=1';
/** As many as an organisation with roles of its own may have, and as many as a token can hold. */
const CUSTOM_ROLES = 50;
const ROLES_OF_TOKEN = 20;

/** Asks both servers in every way, in turn. */
export async function measureRequests(
  servers: AccessServers,
  options: Pick<AccessLoad, 'connections' | 'rounds' | 'roundSeconds'>,
): Promise<readonly WayRow[]> {
  const headers = await waysToAsk(servers);
  const ways = headers.flatMap(({ name, headers: shown, limited, free }): AskedWay[] => [
    { name, isLimited: true, ...servers.limited, headers: shown, statuses: limited },
    { name, isLimited: false, ...servers.free, headers: shown, statuses: free },
  ]);
  const rounds = await runLoad({ ...options, path: PATH, ways });
  return ways.map((way, index) => rowOf(way, index, rounds));
}

interface WayToAsk {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the server with limits answers, and the one without. */
  readonly limited: readonly number[];
  readonly free: readonly number[];
}

async function waysToAsk(servers: AccessServers): Promise<readonly WayToAsk[]> {
  const everywhere = { project: '*', environment: '*' };
  const admin = await servers.token('bench-admin', [{ role: 'admin', ...everywhere }]);
  const one = await servers.token('bench-one', [{ role: 'viewer', ...everywhere }]);
  const client = apiClient({ baseUrl: `http://127.0.0.1:${servers.free.port}`, token: admin });
  for (let at = 0; at < CUSTOM_ROLES; at += 1) {
    const made = await client.putRole(`custom-${at}`, ['delivery:read', 'tasks:read']);
    if (!made.ok) throw refusedBy('making a role', made.failure);
  }
  const many = await servers.token(
    'bench-many',
    Array.from({ length: ROLES_OF_TOKEN }, (_, at) => ({
      ...{ role: `custom-${at}`, project: `project-${at}`, environment: 'production' },
    })),
  );
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const answered = { limited: [200], free: [200] };
  return [
    { name: 'anonymous', headers: {}, ...answered },
    { name: 'token, one role', headers: bearer(one), ...answered },
    { name: `token, ${ROLES_OF_TOKEN} of ${CUSTOM_ROLES} custom roles`, headers: bearer(many), ...answered },
    { name: 'session', headers: { cookie: await sessionFor(one, servers.free.port) }, ...answered },
    {
      ...{ name: 'a token that is nobody’s', limited: [429, 401], free: [401] },
      headers: bearer(`slu_${'0'.repeat(16)}_${'A'.repeat(43)}`),
    },
  ];
}

async function sessionFor(token: string, port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  if (!response.ok || cookies.length === 0) throw refusedBy('signing in', response.status);
  return cookies.join('; ');
}

const refusedBy = (what: string, reason: unknown): SluiceError =>
  new SluiceError('unexpected', `${what} failed: ${JSON.stringify(reason)}`, { next: 'stop' });

async function runLoad(load: AccessLoad): Promise<readonly WayRound[]> {
  const script = fileURLToPath(new URL('load-process.ts', import.meta.url));
  const args = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(load)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const printed = await text(child.stdout);
  const [code] = (await exited) as [number | null];
  if (code !== 0) throw refusedBy('the load process', code);
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as WayRound);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const costOf = (rounds: readonly WayRound[]): number =>
  sum(rounds.map(({ serverMs }) => serverMs)) /
  sum(rounds.map(({ answers, failures }) => answers + failures));

function rowOf(way: AskedWay, index: number, all: readonly WayRound[]): WayRow {
  const roundsOf = (at: number): readonly WayRound[] => all.filter((round) => round.way === at);
  const own = roundsOf(index);
  const rate = ({ answers, seconds }: WayRound): number => answers / seconds;
  const toOther = (other: number): number => {
    const others = roundsOf(other).map(rate);
    return median(own.map((round, at) => rate(round) / (others[at] ?? Number.NaN)));
  };
  return {
    ...{ name: way.name, isLimited: way.isLimited },
    perSecond: median(own.map(rate)),
    p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(own.map(({ p99Ms }) => p99Ms)),
    serverMs: costOf(own),
    // The first two ways are those of whoever is anonymous.
    toAnonymous: toOther(way.isLimited ? 0 : 1),
    failures: sum(own.map(({ failures }) => failures)),
    firstFailure: own.find(({ firstFailure }) => firstFailure !== null)?.firstFailure ?? null,
  };
}
