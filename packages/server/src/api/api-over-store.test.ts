import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { storedIdempotency } from '../idempotency/stored-idempotency.ts';
import { storedLedger } from '../ledger/stored-ledger.ts';
import { accepted, ControlPlaneRig, SHOP } from '../rollouts/testing/control-plane-rig.ts';
import type { Database } from '../store/database/open-database.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { postgresTaskEngine } from '../tasks/postgres-task-engine.ts';
import { postgresTaskRecords } from '../tasks/postgres-task-records.ts';
import { storedTasks } from '../tasks/stored-tasks.ts';
import { taskDesk } from '../tasks/task-desk.ts';
import { noScores } from '../tasks/testing/no-scores.ts';
import type { TaskRegistry } from '../tasks/task-registry.ts';
import { apiDocuments } from './api-documents.ts';
import {
  garbage,
  keepsItsWord,
  operationsOf,
  requestTo,
  type RequestSource,
} from './testing/arbitrary-request.ts';
import type { OpenApiDocument } from './testing/open-api-document.ts';
import { type TestApi, testApi } from './testing/test-api.ts';

/** Each run is a few statements of the database; what takes longer was done once, with a hundred times as many. */
const RUNS = 25;

const database = withDatabase();
let rig: ControlPlaneRig;
let api: TestApi;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
  await rig.stable('v1');
  await rig.write('web', 'v2');
  accepted(await rig.release({ version: 'v2', components: ['web'] }));
  await rig.look();
  const plane = Object.assign(rig.plane, { events: async function* () {} });
  api = testApi({
    controlPlane: plane,
    tasks: await agentsOf(database.db),
    ledger: storedLedger(database.db, TENANT),
    idempotency: storedIdempotency(database.db, TENANT, () => rig.now),
  });
});
afterEach(async () => {
  await api.app.close();
  await rig.close();
});

/** Tasks of a queue that deals to one revision, with nobody to do them. */
async function agentsOf(db: Database): Promise<TaskRegistry> {
  const engine = postgresTaskEngine(db);
  await engine.deal(TENANT, { queue: trackId('shop', 'production', 'web'), generation: 1, split: WHOLE });
  const taken = () => {};
  return storedTasks(TENANT, {
    ...{ records: postgresTaskRecords(db), taken, revoked: taken, elapsedMs: () => performance.now() },
    desk: taskDesk({ engine, now: Date.now, taken }),
    workers: { connected: () => [], drain: () => false },
    scores: noScores,
  });
}
const WHOLE = wholeTo(revisionId('web-1'));

/** Files that are nearly the shop's: a word is another one, or a line is not there. */
function files(): fc.Arbitrary<string> {
  const words = SHOP.match(/[\w./%<-]+/g) ?? [];
  const lines = SHOP.split('\n');
  return fc.oneof(
    fc.constant(SHOP),
    fc
      .tuple(fc.constantFrom(...words), fc.constantFrom(...words))
      .map(([word, other]) => SHOP.replace(word, other)),
    fc.tuple(fc.constantFrom(...words), garbage).map(([word, other]) => SHOP.replace(word, () => other)),
    fc.nat(lines.length - 1).map((left) => lines.filter((_, at) => at !== left).join('\n')),
  );
}

const mostly = (...good: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...good) }, garbage);

function releases(): fc.Arbitrary<unknown> {
  const given = { text: files(), file: fc.constant('sluice.yaml'), baseDirectory: mostly(rig.folder) };
  const wished = {
    version: fc.constantFrom('v1', 'v2', 'v3'),
    environment: mostly('production'),
    strategy: mostly('canary', 'blue-green', 'shadow', 'rolling', 'direct'),
    components: fc.array(mostly('web', 'api'), { minLength: 1, maxLength: 2 }),
    lane: fc.constantFrom('normal', 'hotfix'),
    onConflict: fc.constantFrom('supersede', 'queue', 'refuse'),
    canaryShareBasisPoints: fc.integer({ min: 1, max: 10_000 }),
    by: mostly('ann', '\u202e'),
  };
  return fc.record({ ...given, ...wished }, { requiredKeys: ['text', 'file', 'baseDirectory'] });
}

const KNOWN: RequestSource['known'] = {
  ...{ application: ['shop'], environment: ['production'], component: ['web', 'api'] },
  ...{
    cursor: ['x'],
    limit: ['3'],
    tail: ['9'],
    after: ['0'],
    id: ['ro-1', 'ro-2'],
    name: ['default'],
    revision: ['v1', 'v2', 'nonsense'],
    track: ['shop/production/web'],
    task: ['01936b2e-4c00-7000-8000-000000000001'],
    worker: ['w-1'],
    state: ['dead', 'waiting'],
    session: ['talk'],
  },
};

test('whatever is asked of the whole control plane, no fault of the caller ends as one of ours', async () => {
  const document = JSON.parse((await apiDocuments()[0]?.produce()) ?? '{}') as OpenApiDocument;
  const commands = fc.record({
    command: fc.constantFrom('pause', 'resume', 'promote', 'promote-full', 'skip', 'abort'),
    by: mostly('ann'),
  });
  const rollbacks = fc.record(
    { to: mostly('v1', 'v2'), bySteps: fc.boolean(), by: mostly('ann') },
    { requiredKeys: [] },
  );
  const releasing = releases();
  const bodies = {
    ...{ createRelease: releasing, createPlan: releasing },
    ...{ commandTrack: commands, rollBackTrack: rollbacks },
  };
  for (const placed of operationsOf(document)) {
    const request = requestTo({ document, known: KNOWN, bodies, passesGuards: true }, placed);
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        keepsItsWord(document, placed, await api.app.inject(asked));
      }),
      { numRuns: RUNS },
    );
  }
  expect(api.logged().filter(({ msg }) => msg === 'request failed')).toEqual([]);
});
