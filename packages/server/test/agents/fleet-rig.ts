/**
 * Purpose: real control planes on one PostgreSQL, and real workers that are connected to them, for proofs about tasks.
 */
import { adminTokenFile, readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { apiClient, type ApiClient } from '@sluice/protocol/http/client.ts';
import { type Database, openDatabase } from '../../src/store/database/open-database.ts';
import {
  type EmbeddedPostgres,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/store/embedded/start-embedded-postgres.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { commitTrack } from '../../src/store/tracks/commit-track.ts';
import { postgresTaskEngine } from '../../src/tasks/postgres-task-engine.ts';
import { OwnProcess } from './own-process.ts';

/** Who keeps the tasks: the PostgreSQL that the first server starts for itself, or one that was there before. */
export type StoreKind = 'embedded' | 'external';

const SERVER = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const WORKER = fileURLToPath(new URL('./kill-worker.ts', import.meta.url));
const TENANT = 'default';
const QUEUE: TrackId = trackId('fleet', 'test', 'agent');
const REVISION = revisionId('agent-1');
const PATIENCE_MS = 120_000;
/** So often a kill may hit the same task; losses are what is tried here, and not patience. */
const RETRY = { ...DEFAULT_RETRY_POLICY, maxFailures: 100, initialMs: 50, maxMs: 500 };

interface ServerSeat {
  readonly process: OwnProcess;
  readonly port: number;
  readonly client: () => ApiClient;
}

/** How the tasks of a fleet stand. */
export interface FleetCount {
  readonly tasks: number;
  readonly succeeded: number;
  /** Results that were written, however often to the same task. */
  readonly results: number;
  /** Tasks whose result does not come from the attempt that was accepted. */
  readonly strange: number;
  /** Attempts beyond one for each task: work that a kill has cost. */
  readonly repeated: number;
}

/** Two servers and some workers. */
export class FleetRig {
  readonly #folder: string;
  readonly #db: Database;
  readonly #postgres: EmbeddedPostgres;
  readonly servers: readonly ServerSeat[];
  readonly workers: readonly OwnProcess[];

  private constructor(
    folder: string,
    db: Database,
    postgres: EmbeddedPostgres,
    servers: readonly ServerSeat[],
    workers: readonly OwnProcess[],
  ) {
    this.#folder = folder;
    this.#db = db;
    this.#postgres = postgres;
    this.servers = servers;
    this.workers = workers;
  }

  static async start(kind: StoreKind, workerCount: number): Promise<FleetRig> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-kills-'));
    return FleetRig.#startIn(folder, kind, workerCount).catch(async (thrown: unknown) => {
      // What of it has come up would stay.
      for (const directory of [join(folder, 'pg'), join(folder, 'a', 'postgres')])
        await (await findEmbeddedPostgres({ directory, signal: AbortSignal.timeout(5_000) }))?.stop();
      await rm(folder, { recursive: true, force: true });
      throw thrown;
    });
  }

  static async #startIn(folder: string, kind: StoreKind, workerCount: number): Promise<FleetRig> {
    const external =
      kind === 'external' ? await startEmbeddedPostgres({ directory: join(folder, 'pg') }) : null;
    const first = await startServer(join(folder, 'a'), external?.connectionString);
    const directory = join(folder, 'a', 'postgres');
    const postgres =
      external ?? (await findEmbeddedPostgres({ directory, signal: AbortSignal.timeout(5_000) }));
    assert(postgres !== undefined, 'the first server has started its store');
    const second = await startServer(join(folder, 'b'), postgres.connectionString);
    const db = openDatabase(postgres.connectionString);
    await migrate(db);
    await prepare(db);
    const servers = [first, second];
    const workers = Array.from({ length: workerCount }, (_, n) => {
      const { port } = servers[n % 2] ?? first;
      return new OwnProcess(WORKER, [], {
        ...{ NAME: `worker-${n}`, SLUICE_TRACK: QUEUE, SLUICE_REVISION: REVISION },
        ...{ SLUICE_WORKER_URL: `http://127.0.0.1:${port}`, PORT: '' },
        SLUICE_TOKEN_FILE: adminTokenFile(join(folder, 'a')),
      });
    });
    return new FleetRig(folder, db, postgres, servers, workers);
  }

  /** Submits tasks, again and again under the same names until somebody says that they are taken. */
  async submit(batch: number, tasks: readonly { readonly ms: number }[]): Promise<void> {
    const named = tasks.map((input, n) => ({ input, idempotencyKey: `batch-${batch}-${n}` }));
    const until = performance.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const { client } = this.servers[(batch + attempt) % 2] as ServerSeat;
      const reply = await client()
        .submitTasks(QUEUE, named)
        .catch(() => null);
      if (reply?.ok) return;
      assert(performance.now() < until, `batch ${batch} is taken in time: ${JSON.stringify(reply)}`);
      await delay(100); // Nobody may be there for a moment.
    }
  }

  async count(): Promise<FleetCount> {
    const { rows } = await sql<FleetCount>`
      select count(*)::int as tasks, count(*) filter (where state = 'succeeded')::int as succeeded,
        (select count(*)::int from written_results) as results,
        count(*) filter (where result #>> '{}' is distinct from worker || '#' || attempt)::int as strange,
        coalesce(sum(attempt) - count(*) filter (where attempt > 0), 0)::int as repeated
      from tasks where queue = ${QUEUE}`.execute(this.#db);
    const [row] = rows;
    assert(row !== undefined, 'a sum has a row');
    return row;
  }

  /** Waits until all of them have succeeded, or it has taken too long. */
  async finished(tasks: number): Promise<FleetCount> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const count = await this.count();
      if (count.succeeded >= tasks || performance.now() > until) return count;
      await delay(250); // Looks at a table.
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end('SIGKILL')));
    await Promise.all(this.servers.map(({ process: server }) => server.end('SIGTERM')));
    await this.#db.destroy();
    await this.#postgres.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A server keeps its port over its lives, so that its workers find it again. */
async function startServer(directory: string, databaseUrl: string | undefined): Promise<ServerSeat> {
  await mkdir(directory, { recursive: true });
  const args = ['--directory', directory, '--host-directory', 'none', '--log-file', join(directory, 'log')];
  const env = { DATABASE_URL: databaseUrl ?? '' };
  const first = new OwnProcess(SERVER, [...args, '--api-port', '0'], env);
  const port = await announcedPort(directory, first);
  await first.end('SIGTERM');
  await rm(join(directory, 'server.json'));
  const lasting = new OwnProcess(SERVER, [...args, '--api-port', String(port)], env);
  await announcedPort(directory, lasting);
  const token = await readAdminToken(directory);
  return { process: lasting, port, client: () => apiClient({ baseUrl: `http://127.0.0.1:${port}`, token }) };
}

async function announcedPort(directory: string, server: OwnProcess): Promise<number> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const text = await readFile(join(directory, 'server.json'), 'utf8').catch(() => '');
    if (text !== '') return (JSON.parse(text) as { apiPort: number }).apiPort;
    assert(server.isRunning, 'the server runs');
    assert(performance.now() < until, 'the server comes up in time');
    await delay(50); // Polls for a file of another process.
  }
}

/** A released agent, and a log of every result that is ever written. */
async function prepare(db: Database): Promise<void> {
  const component = { name: 'agent', instances: 1, agents: { retry: RETRY, unfinished: 'finish' } };
  await commitTrack(db, TENANT, {
    ...{ trackId: QUEUE, expectedVersion: 0, state: newTrack(QUEUE), nextWakeAt: Date.now() + 86_400_000 },
    revisions: [{ id: REVISION, versionLabel: 'v1', spec: { component }, createdAt: Date.now() }],
  });
  await postgresTaskEngine(db).deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(REVISION) });
  await sql`create table written_results (id uuid not null, at timestamptz not null default clock_timestamp())`.execute(
    db,
  );
  await sql`create function write_down() returns trigger language plpgsql as
    $$ begin insert into written_results (id) values (new.id); return new; end $$`.execute(db);
  await sql`create trigger write_down after update on tasks for each row
    when (new.state = 'succeeded') execute function write_down()`.execute(db);
}
