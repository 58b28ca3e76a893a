import type { ApiCaller, ApiWatch } from '../api/api-caller.ts';
import type { DefinitionSet } from '../cluster/definition-set.ts';
import { httpCaller } from '../api/http-caller.ts';
import { type FakeCluster, fakeCluster } from '../cluster/fake-cluster.ts';
import type { Json } from '../json/json-tree.ts';
import {
  type RecordedLine,
  type RecordedResponse,
  fillUses,
  readRecording,
  requestOf,
  shorten,
} from './recording.ts';
import { steppedClock } from './stepped-clock.ts';

/** Definitions that a topic expects to be there. */
const definitions: Readonly<Record<string, readonly DefinitionSet[]>> = {
  gateway: ['gateway-api'],
  istio: ['istio'],
  'argo-rollouts': ['argo-rollouts'],
  flagger: ['flagger'],
  'further-ownership': ['gateway-api'],
};

/** A pause at least this long was made so that the store forgets. */
const compactionPauseMs = 10_000;

/** Longer than any watch of the recordings. */
const longestWatchMs = 90_000;

const keptHeaders = ['content-type', 'retry-after', 'warning', 'allow', 'location', 'www-authenticate'];

/** How a replay speaks to the fake. */
export type Transport = 'in-process' | 'http';

/** Sends the requests of a topic to a fresh fake and returns the lines with its answers in place of the recorded ones. */
export async function replayTopic(
  topic: string,
  transport: Transport = 'in-process',
): Promise<RecordedLine[]> {
  const clock = steppedClock(Date.parse('2026-11-20T17:00:00Z'));
  const cluster = fakeCluster({ now: clock.now, after: clock.after });
  await cluster.define(...(definitions[topic] ?? []));
  const connection = await connect(cluster, transport);
  const replay = new Replay(connection.caller, {
    pause: (ms) => {
      clock.advance(ms);
      if (ms >= compactionPauseMs) cluster.compact();
    },
    advance: (ms) => clock.advance(ms),
  });
  const lines = readRecording(topic);
  for (const line of lines) await replay.step(line);
  connection.close();
  await cluster.close();
  return lines;
}

/** Sends the requests of a topic to any server, where time passes by itself. */
export async function replayOver(caller: ApiCaller, topic: string): Promise<RecordedLine[]> {
  const replay = new Replay(caller, { pause: () => undefined, advance: () => undefined });
  const lines = readRecording(topic);
  for (const line of lines) await replay.step(line);
  return lines;
}

interface Connection {
  readonly caller: ApiCaller;
  readonly close: () => void;
}

async function connect(cluster: FakeCluster, transport: Transport): Promise<Connection> {
  if (transport === 'in-process') return { caller: cluster.caller, close: () => undefined };
  const { url } = await cluster.listen();
  const tokens: Record<string, string> = { ...cluster.tokens, bad: 'not-a-known-token' };
  const caller = httpCaller({ server: url, token: tokens['admin'] ?? '', tokens });
  return { caller, close: () => caller.close() };
}

interface Time {
  readonly pause: (ms: number) => void;
  readonly advance: (ms: number) => void;
}

interface OpenWatch {
  readonly line: RecordedLine;
  readonly stream: ApiWatch;
  readonly waiting: Set<string>;
}

class Replay {
  readonly #caller: ApiCaller;
  readonly #time: Time;
  readonly #answers = new Map<string, RecordedResponse>();
  #watches: OpenWatch[] = [];

  constructor(caller: ApiCaller, time: Time) {
    this.#caller = caller;
    this.#time = time;
  }

  async step(line: RecordedLine): Promise<void> {
    if (line.pauseMs !== undefined) this.#time.pause(line.pauseMs);
    else if (line.race !== undefined) await this.#race(line);
    else if (line.events !== undefined) await this.#watch(line);
    else await this.#send(line);
    for (const open of this.#watches) open.waiting.delete(line.step);
    const done = this.#watches.filter(({ waiting }) => waiting.size === 0);
    this.#watches = this.#watches.filter(({ waiting }) => waiting.size > 0);
    for (const open of done) await this.#finish(open);
  }

  async #send(line: RecordedLine): Promise<void> {
    if (line.request === undefined) return;
    fillUses(line.request, line.uses ?? [], this.#answers);
    const answer = await this.#caller.send(requestOf(line.request));
    const body = line.request.method === 'HEAD' ? '' : (answer.body as Json);
    this.#answers.set(line.step, { status: answer.status, headers: { ...answer.headers }, body });
    line.response = { status: answer.status, headers: kept(answer.headers), body: shorten(body) };
  }

  async #race(line: RecordedLine): Promise<void> {
    const race = line.race ?? [];
    fillUses(race, line.uses ?? [], this.#answers);
    const answers = await Promise.all(race.map((request) => this.#caller.send(requestOf(request))));
    line.responses = answers.map(({ status, headers, body }) => ({
      status,
      headers: kept(headers),
      body: body as Json,
    }));
  }

  async #watch(line: RecordedLine): Promise<void> {
    if (line.request === undefined) return;
    fillUses(line.request, line.uses ?? [], this.#answers);
    const events: Json[] = [];
    line.events = events;
    const stream = await this.#caller.watch(requestOf(line.request), (event) =>
      events.push(event as unknown as Json),
    );
    if (stream.body !== undefined) events.push(stream.body as Json);
    line.response = { status: stream.status, headers: kept(stream.headers) };
    this.#watches.push({ line, stream, waiting: new Set([line.step, ...(line.during ?? [])]) });
  }

  async #finish({ line, stream }: OpenWatch): Promise<void> {
    await settled();
    if (line.endedBy === 'server') {
      this.#time.advance(longestWatchMs);
      await stream.ended;
    } else stream.close();
    await settled();
  }
}

/** Until events that are on their way have been told. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function kept(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => keptHeaders.includes(name)));
}
