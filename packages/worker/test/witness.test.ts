import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { type AgentServer, startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { GrpcWorker } from '@sluice/server/api/grpc/testing/grpc-worker.ts';
import { type AuditRig, openAuditRig } from '@sluice/server/ledger/testing/audit-rig.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { tamperWithLedger } from '@sluice/server/store/testing/tamper-with-ledger.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { type StartedWorker, startWorker } from '@sluice/worker/start-worker.ts';
import type { WorkerReport } from '@sluice/worker/worker-report.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

// What was set up first is torn down last.
beforeAll(setup);
afterAll(teardown);
const database = withDatabase();

const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const PATIENCE = { timeout: 15_000, interval: 20 };
/** As if the program itself had written everything anew, after an entry was changed. */
const FORGE = `update ledger set actor = 'eve' where sequence = 2; update ledger set leaf_hash = null;
  delete from ledger_trees; delete from ledger_nodes; delete from ledger_heads`;

let folder: string;
let rig: AuditRig;
let server: AgentServer;
let reports: WorkerReport[];
const cleanups: (() => Promise<unknown>)[] = [];
const file = (): string => join(folder, 'head.json');
const hire = async (): Promise<StartedWorker> => {
  const worker = await startWorker({
    ...{ url: server.url, agent: QUEUE, revision: V1, name: 'one', handle: () => null },
    ...{ stopsOnSignals: false, witnessFile: file(), report: (report) => void reports.push(report) },
  });
  cleanups.unshift(() => worker.stop(0));
  await worker.welcomed;
  return worker;
};
const many = (count: number) => [...Array(count).keys()].map((at) => ({ action: `did ${at}` }));
const keptSize = async (): Promise<unknown> => JSON.parse(await readFile(file(), 'utf8')).size;
/** Another control plane with a state directory of its own, over what the database says now. */
const reopen = async (): Promise<AuditRig> => {
  const again = await openAuditRig(database.db, undefined, rig.workers);
  cleanups.unshift(() => again.close());
  return again;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-witness-'));
  reports = [];
  rig = await openAuditRig(database.db);
  const witnesses = rig.workers;
  server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1], witnesses });
  cleanups.push(
    () => server.stop(),
    () => rig.close(),
    () => rm(folder, { recursive: true }),
  );
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

it.each([
  ['and keys stay', '', { firstFault: { sequence: 1 } }],
  ['and removes the keys', '; delete from ledger_keys', { firstFault: null }],
])('a worker notices that the ledger was written anew, %s', async (_, more, found) => {
  const worker = await hire();
  await rig.record(...many(4));
  await vi.waitFor(async () => expect(await keptSize()).toBe(4), PATIENCE);
  const agreed = { name: '1 worker', kind: 'worker', state: 'agrees', head: { size: 4 } };
  const witnesses = async () => (await rig.desk.witnesses()).slice(1);
  await vi.waitFor(async () => expect(await witnesses()).toMatchObject([agreed]), PATIENCE);
  await rig.close();
  await tamperWithLedger(database.db, `${FORGE}${more}`);

  const forged = await reopen();
  await forged.record(...many(2));
  await vi.waitFor(() => expect(forged.shouted()).toContain('a witness contradicts the ledger'), PATIENCE);
  expect(reports).toContainEqual({ kind: 'ledger-refused', problem: expect.any(String) });
  const contradiction = { name: `worker one of ${QUEUE}`, kind: 'worker', state: 'contradicts' };
  expect(await forged.desk.verify()).toMatchObject({ intact: false, ...found });
  expect((await forged.desk.witnesses())[1]).toMatchObject(contradiction);
  expect(await keptSize()).toBe(4);

  // It goes, and what it said stays; it comes back with what it kept, and says it again.
  await worker.stop(0);
  expect((await forged.desk.witnesses())[1]).toMatchObject(contradiction);
  reports.length = 0;
  await hire();
  await vi.waitFor(() => expect(reports.map(({ kind }) => kind)).toContain('ledger-refused'), PATIENCE);
  const ofWorkers = async () => (await forged.desk.witnesses()).slice(1);
  await vi.waitFor(async () => expect(await ofWorkers()).toMatchObject([contradiction]), PATIENCE);
});

it('a worker that says nothing of heads is given none, and one that makes a head up is found out', async () => {
  const old = new GrpcWorker(server.url);
  const liar = new GrpcWorker(server.url);
  cleanups.unshift(async () => [old.die(), liar.die()]);
  const hello = { agentId: QUEUE, revision: V1 };
  old.say({ case: 'hello', value: { worker: 'old', ...hello } });
  await rig.record(...many(2));
  const head = { tenant: 'default', size: 1n, rootHash: 'a'.repeat(64), keyId: 'k', signature: 'AAAA' };
  const witnessed = { head: { ...head, signedAt: { seconds: 1n, nanos: 0 } } };
  liar.say({ case: 'hello', value: { worker: 'liar', ...hello, witnessed } });
  await vi.waitFor(() => expect(liar.heard.at(-1)).toMatchObject({ case: 'ledgerHead' }), PATIENCE);
  expect(old.heard.map((message) => message.case)).toEqual(['welcome']);
  const problem = 'it has a head of 1 entries that no key of this ledger has signed';
  expect((await rig.desk.witnesses())[1]).toMatchObject({ state: 'contradicts', head: null, problem });
  // Nothing that it says is taken for a root of the ledger.
  expect(await rig.desk.verify()).toMatchObject({ intact: false, firstFault: null });
});
