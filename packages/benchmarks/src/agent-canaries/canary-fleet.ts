import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { type ApiClient, apiClient } from '@sluice/protocol/http/client.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { type Database, openDatabase } from '@sluice/server/store/database/open-database.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { listOutcomes } from '@sluice/server/store/tasks/task-outcomes.ts';

/** The track that the benchmark releases. */
export const TRACK = 'answers/local/agent';
const SLUICE = fileURLToPath(new URL('../../../../sluice', import.meta.url));
const AGENT = fileURLToPath(new URL('agent-process.ts', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));
const LOOK_EVERY_MS = 500;
/** How often tasks are submitted, in ms. */
const SUBMIT_EVERY_MS = 100;
/** After so long what was counted is written, in ms. */
const COUNTED_MS = 1_500;
/** For so long a release that waits for a person may convince the judge by itself, in ms; then it is aborted. */
const HELD_MS = 60_000;
/** Dead letters of one page. */
const PAGE = 200;

/** How the fleet is released. */
export interface FleetSettings {
  /** How long the first phase lasts at least, and each later one. */
  readonly hold: string;
  readonly later: string;
  readonly warmUp: string;
}

const fileOf = ({ hold, later, warmUp }: FleetSettings): string => `application: answers
components:
  agent:
    kind: agents
    run: exec ${process.execPath} agent-process.ts
    instances: 2
    drain: 5s
    agents: { retry: { failures: 1 }, unfinished: finish }
    strategy: steps
strategies:
  steps:
    canary:
      phases:
        - { share: 5%, hold: ${hold} }
        - { share: 25%, hold: ${later} }
        - { share: 50%, hold: ${later} }
      keep-old: 1s
      min-requests: 1
      judge: { warm-up: ${warmUp} }
`;

/** What came of one release. */
export interface Course {
  readonly outcome: string;
  readonly reason: string;
  /** It waited for a person on the way: the judge was not sure at the end of a phase. */
  readonly wasHeld: boolean;
  readonly seconds: number;
  /** Attempts of the candidate that failed, those after the verdict included; none is tried again by itself. */
  readonly failedTasks: number;
  /** Of them, those that are dead letters at the end: a version that is taken back leaves its own to stable. */
  readonly deadTasks: number;
  /** Attempts of the candidate that were judged. */
  readonly attempts: number;
}

interface FleetParts {
  readonly api: ApiClient;
  readonly db: Database;
  readonly folder: string;
  readonly machine: readonly string[];
}

/** A machine with an agent, and tasks that come in at a steady rate. */
export class CanaryFleet {
  readonly #api: ApiClient;
  readonly #folder: string;
  readonly #machine: readonly string[];
  readonly #settings: FleetSettings;
  readonly #db: Database;
  #submitting: NodeJS.Timeout | undefined;

  private constructor(parts: FleetParts, settings: FleetSettings) {
    this.#api = parts.api;
    this.#db = parts.db;
    this.#folder = parts.folder;
    this.#machine = parts.machine;
    this.#settings = settings;
  }

  static async start(home: string, settings: FleetSettings): Promise<CanaryFleet> {
    const machine = ['--directory', join(home, 'machine')];
    const folder = join(home, 'agent');
    await mkdir(folder);
    await cp(AGENT, join(folder, 'agent-process.ts'));
    // Revisions are copies of this folder in the home, beside which Node looks for packages.
    await symlink(MODULES, join(home, 'node_modules'));
    const up = await sluice('up', '--json', '--port', '0', '--api-port', '0', ...machine).catch(
      async (thrown: unknown) => {
        // What of it has come up would stay.
        await sluice('down', ...machine);
        throw thrown;
      },
    );
    const { apiPort } = JSON.parse(up) as Record<'apiPort', number>;
    const directory = join(home, 'machine', 'postgres');
    const postgres = await startEmbeddedPostgres({ directory });
    const api = apiClient({
      baseUrl: `http://127.0.0.1:${apiPort}`,
      token: await readAdminToken(join(home, 'machine')),
    });
    return new CanaryFleet({ api, db: openDatabase(postgres.connectionString), folder, machine }, settings);
  }

  /** Submits so many tasks in each second, until the fleet stops. */
  submitSteadily(perSecond: number): void {
    let due = 0;
    this.#submitting = setInterval(() => {
      due += (perSecond * SUBMIT_EVERY_MS) / 1000;
      const count = Math.floor(due);
      due -= count;
      if (count > 0)
        void this.#api.submitTasks(
          TRACK,
          Array.from({ length: count }, () => ({ input: 1 })),
        );
    }, SUBMIT_EVERY_MS);
  }

  /** Releases a version that fails so often, and waits for what comes of it. */
  async release(version: string, failureRate: number): Promise<Course> {
    const begun = performance.now();
    await writeFile(join(this.#folder, 'release.json'), JSON.stringify({ version, failureRate }));
    const input = { text: fileOf(this.#settings), file: 'sluice.yaml', baseDirectory: this.#folder };
    const reply = await this.#api.release({ ...input, version, by: 'benchmark' });
    if (!reply.ok) throw failed(reply.failure);
    const { last, wasHeld } = await this.#ended(version);
    const { evidence, outcome, reason, candidate } = last;
    return {
      ...{ outcome: outcome ?? 'none', wasHeld, seconds: (performance.now() - begun) / 1000 },
      reason: reason ? `${reason.kind}: ${reason.detail}` : '',
      failedTasks: await this.#failures(candidate, last.requestedAt),
      deadTasks: await this.#deadTasks(candidate, last.requestedAt),
      attempts: evidence?.candidate.requests ?? 0,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#submitting);
    await this.#db.destroy();
    await sluice('down', ...this.#machine);
  }

  async #ended(version: string): Promise<{ readonly last: RolloutView; readonly wasHeld: boolean }> {
    let heldSince: number | null = null;
    for (;;) {
      await delay(LOOK_EVERY_MS); // Looks at a machine of its own.
      const reply = await this.#api.track(TRACK);
      // A machine with too much to do may not answer in time; the release goes on all the same.
      if (!reply.ok && reply.failure.kind === 'timed-out') continue;
      if (!reply.ok) throw failed(reply.failure);
      const { active, last } = reply.value;
      if (active === null && last?.version === version) return { last, wasHeld: heldSince !== null };
      if (active?.phase !== 'held') continue;
      heldSince ??= performance.now();
      if (performance.now() - heldSince > HELD_MS)
        await this.#api.command(TRACK, { command: 'abort', by: 'benchmark' });
    }
  }

  /** Failures of a revision since a moment, once those that are on their way are counted. */
  async #failures(revision: string, since: number): Promise<number> {
    await delay(COUNTED_MS); // Servers write what they have counted some times in a second.
    const seconds = await listOutcomes(this.#db, 'default', {
      ...{ queue: trackIdFrom(TRACK), since: Math.floor(since / 1000) * 1000, until: Date.now() },
    });
    const own = seconds.filter((second) => second.revision === revision);
    return own.reduce((sum, { failures }) => sum + failures, 0);
  }

  /** Dead letters of a revision since a moment, the newest first. */
  async #deadTasks(revision: string, since: number): Promise<number> {
    let cursor: string | undefined;
    for (let failures = 0; ; ) {
      const reply = await this.#api.tasks(TRACK, { state: 'dead', limit: PAGE, cursor });
      if (!reply.ok) throw failed(reply.failure);
      const { items, next } = reply.value;
      const young = items.filter(({ createdAt }) => createdAt >= since);
      failures += young.filter((task) => task.revision === revision).length;
      if (next === null || young.length < items.length) return failures;
      cursor = next;
    }
  }
}

const failed = (failure: unknown): SluiceError =>
  new SluiceError('unexpected', JSON.stringify(failure), { next: 'stop' });

async function sluice(...args: string[]): Promise<string> {
  const child = spawn(SLUICE, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const printed = await text(child.stdout);
  const [code] = await exited;
  if (code !== 0) throw failed(`sluice ${args.join(' ')} ended with ${String(code)}: ${printed}`);
  return printed;
}
