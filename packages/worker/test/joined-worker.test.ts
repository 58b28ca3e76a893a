/** A worker elsewhere joins over real TLS, works, renews what it was given, and is taken off. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { storedIdentities } from '@sluice/server/access/identities.ts';
import { storedJoinDesk } from '@sluice/server/access/joining/join-desk.ts';
import { storedJoining } from '@sluice/server/access/joining/stored-joining.ts';
import { openWorkerAuthority } from '@sluice/server/access/joining/worker-authority.ts';
import { storedGuard } from '@sluice/server/access/stored-guard.ts';
import { type AgentServer, startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { openSecureDoor } from '@sluice/server/api/secure-door.ts';
import { keyFile } from '@sluice/server/secrets/key-file.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { createLog } from '@sluice/server/telemetry/log.ts';
import { testAuthority } from '@sluice/server/tls/testing/test-certificates.ts';
import { watchCertificate } from '@sluice/server/tls/watched-certificate.ts';
import { type StartedWorker, startWorker } from '@sluice/worker/start-worker.ts';
import type { WorkerOptions } from '@sluice/worker/worker-options.ts';
import { reportLine, type WorkerReport } from '@sluice/worker/worker-report.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

// What was set up first is torn down last.
beforeAll(setup);
afterAll(teardown);
const database = withDatabase();

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const HOUR_MS = 3_600_000;
const PATIENCE = { timeout: 30_000, interval: 20 };
const log = createLog({ level: 'silent' });
const admin = {
  ...{ tenant: TENANT, subject: 'person:ada@example.com', name: 'Ada', groups: [] },
  grants: [{ role: 'admin', permissions: ['agents:work', 'access:manage'], project: '*', environment: '*' }],
} as unknown as Parameters<ReturnType<typeof storedJoining>['createJoinToken']>[0];
const workers: StartedWorker[] = [];
const reports: WorkerReport[] = [];
let ending: AbortController;
let folder: string;
let server: AgentServer;
let url: string;
/** How far the clock of whoever gives certificates is behind. */
let lateMs = 0;

beforeEach(async () => {
  const { db } = database;
  ending = new AbortController();
  folder = await mkdtemp(join(tmpdir(), 'sluice-joined-'));
  const file = (name: string): string => join(folder, name);
  const keys = keyFile(file('secrets.key'));
  const authority = await openWorkerAuthority({ db, keys, log, now: () => Date.now() - 24 * HOUR_MS });
  const access = storedGuard({ db, identities: storedIdentities(db, Date.now), anonymous: [] });
  const joining = storedJoinDesk({ db, authority, now: () => Date.now() - lateMs });
  server = await startAgentServer({ db, queue: QUEUE, revisions: [V1], access, joining });
  const tests = testAuthority();
  const { certificate, key } = tests.issue({ use: 'server', hosts: ['127.0.0.1'] });
  await writeFile(file('ca.pem'), tests.certificate);
  await writeFile(file('tls.crt'), certificate);
  await writeFile(file('tls.key'), key);
  const files = { certificateFile: file('tls.crt'), keyFile: file('tls.key'), clientAuthorityFile: null };
  const watched = await watchCertificate(files, { log, now: Date.now, signal: ending.signal });
  url = await openSecureDoor(
    server.port,
    { address: '127.0.0.1', port: 0 },
    { certificate: watched, authorities: authority, log },
  );
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  await server.stop();
  ending.abort();
  reports.length = 0;
  lateMs = 0;
  await rm(folder, { recursive: true });
});

const registry = () => storedJoining(database.db, TENANT, Date.now);
async function joinToken(): Promise<string> {
  const request = { track: QUEUE, uses: 1, expiresInHours: 48, by: 'x' };
  const made = await registry().createJoinToken(admin, request);
  return made.ok ? made.value.token : expect.unreachable(made.refusal.detail);
}
async function hire(options: Partial<WorkerOptions<unknown>>): Promise<StartedWorker> {
  const worker = await startWorker({
    ...{ url, agent: QUEUE, revision: V1, stopsOnSignals: false, graceMs: 200, lastWordsMs: 500 },
    ...{ caFile: join(folder, 'ca.pem'), backoff: { initialMs: 20, maxMs: 100 } },
    report: (report) => void reports.push(report),
    handle: ({ input }) => input,
    ...options,
  });
  workers.push(worker);
  return worker;
}
const kinds = () => reports.map(({ kind }) => kind);
const identities = async () => (await registry().workerIdentities({ cursor: null, limit: 10 })).items;
async function works(): Promise<void> {
  const taken = await server.desk.submit(TENANT, QUEUE, [{ input: 1 }]);
  const id = taken.ok ? taken.value[0]?.id : undefined;
  const { readTask } = await import('@sluice/server/store/tasks/change-tasks.ts');
  await vi.waitFor(
    async () => expect((await readTask(database.db, TENANT, id ?? ''))?.state).toBe('succeeded'),
    PATIENCE,
  );
}

it('joins, renews without losing its session, and ends within seconds once it was revoked', async () => {
  // What it is given is two thirds over, so that it renews at once.
  lateMs = 16 * HOUR_MS + 1_000;
  const worker = await hire({ joinToken: await joinToken() });
  await worker.welcomed;
  lateMs = 0;
  await vi.waitFor(() => expect(kinds()).toContain('renewed'), PATIENCE);
  await works();
  expect(kinds().filter((kind) => kind === 'welcomed')).toEqual(['welcomed']);
  expect(await identities()).toMatchObject([{ kind: 'certificate', track: QUEUE }]);
  await registry().revokeWorkerIdentity(admin, (await identities())[0]?.id ?? '');
  const lost = () => reports.filter(({ kind }) => kind === 'session-lost').map(reportLine);
  await vi.waitFor(() => expect(lost().length).toBeGreaterThan(1), PATIENCE);
  expect(lost()[0]).toContain('was revoked');
  expect(lost()[1]).toMatch(/unauthenticated|not known/i);
});

it('comes in again with what it has kept, which only its owner reads, and without its join token', async () => {
  const identityFile = join(folder, 'identity.json');
  const first = await hire({ joinToken: await joinToken(), identityFile });
  await first.welcomed;
  await first.stop(0);
  expect((await stat(identityFile)).mode & 0o777).toBe(0o600);
  expect(await readFile(identityFile, 'utf8')).toContain('PRIVATE KEY');
  const again = await hire({ identityFile });
  await again.welcomed;
  await works();
  expect(kinds().filter((kind) => kind === 'joined')).toEqual(['joined']);
});

it('gets a token where it does not come by TLS', async () => {
  const worker = await hire({ joinToken: await joinToken(), url: server.url });
  await worker.welcomed;
  await works();
  expect(await identities()).toMatchObject([{ kind: 'token' }]);
});

it('is not let in with a join token that was used up, and says so', async () => {
  const token = await joinToken();
  await (await hire({ joinToken: token })).welcomed;
  await hire({ joinToken: token });
  const lines = () => reports.map(reportLine);
  await vi.waitFor(() => expect(lines()).toContainEqual(expect.stringContaining('used up')), PATIENCE);
});

it('does not believe a server of another authority', async () => {
  await writeFile(join(folder, 'other.pem'), testAuthority().certificate);
  await hire({ joinToken: await joinToken(), caFile: join(folder, 'other.pem') });
  await vi.waitFor(
    () => expect(reports.map(reportLine)).toContainEqual(expect.stringMatching(/certificate/)),
    PATIENCE,
  );
  expect(await identities()).toEqual([]);
});
