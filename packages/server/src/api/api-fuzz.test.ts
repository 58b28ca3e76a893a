import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiDocuments } from './api-documents.ts';
import { arbitraryOf } from './testing/arbitrary-of-schema.ts';
import { garbage, keepsItsWord, operationsOf, requestTo } from './testing/arbitrary-request.ts';
import type { OpenApiDocument } from './testing/open-api-document.ts';
import { type TestApi, testApi } from './testing/test-api.ts';

const RUNS = 60;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

let document: OpenApiDocument;
let api: TestApi;

beforeAll(async () => {
  const text = await apiDocuments()[0]?.produce();
  document = JSON.parse(text ?? '{}') as OpenApiDocument;
  api = testApi();
  await api.app.ready();
  for (const id of KNOWN['task'] ?? []) api.tasks.put({ id, state: 'dead', endedAt: 1 });
  for (const id of KNOWN['workflow'] ?? []) api.workflows.put({ id });
  // Streams end at once here, so that each request has an answer; their own tests keep them open.
  api.plane.events = async function* () {
    yield* api.plane.feed.past;
  };
});
afterAll(() => api.app.close());

/** What has no fake here (members, tokens, sign-in) is asked at random over a real store in `access/tenants-apart.test.ts`. */
const operations = () =>
  operationsOf(document).filter(({ path, method }) =>
    api.app.hasRoute({ url: path.replace(/\{(\w+)\}/g, ':$1'), method: method as 'GET' }),
  );

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  sequence: ['1'],
  hold: ['hold-1'],
  application: ['storefront'],
  environment: ['production'],
  component: ['web'],
  id: ['ro-2'],
  name: ['default'],
  version: ['1'],
  key: ['likes'],
  payload: [`sha256:${'0'.repeat(64)}`],
  task: ['01936b2e-4c00-7000-8000-000000000001'],
  worker: ['w-1'],
  metric: ['agent_workers_wanted'],
  workflow: ['01936b2e-4c00-7000-8000-000000000002'],
  delivery: ['01936b2e-4c00-7000-8000-000000000003'],
};

test('whatever is asked, every operation answers as the document says, and never with 500', async () => {
  for (const placed of operations()) {
    await fc.assert(
      fc.asyncProperty(requestTo({ document, known: KNOWN }, placed), async (request) => {
        keepsItsWord(document, placed, await api.app.inject(request));
      }),
      { numRuns: RUNS },
    );
  }
});

/** Look deeper into a request than a schema can say: which of several settings a kind of channel needs together. */
const DEEPER: ReadonlySet<string> = new Set(['putChannel']);

test('requests that fit their schema reach the operation', async () => {
  const reached = new Set<string>();
  for (const { path, method, operation } of operations()) {
    const schema = operation.requestBody?.content['application/json']?.schema;
    const body = schema ? arbitraryOf(document, schema) : fc.constant(undefined);
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => KNOWN[name]?.[0] ?? 'x');
    await fc.assert(
      fc.asyncProperty(body, async (payload) => {
        const options = { url, method: method as 'GET', headers: { host: 'localhost' } };
        const response = await api.app.inject(payload ? { ...options, payload } : options);
        if (!DEEPER.has(operation.operationId))
          expect(response.body, operation.operationId).not.toContain('invalid-request');
        if (response.statusCode < 300) reached.add(operation.operationId);
      }),
      // What is optional is left out once in six times, and some operations accept nothing but that here.
      { numRuns: schema ? 80 : 1 },
    );
  }
  const never = operations()
    .map(({ operation }) => operation.operationId)
    .filter((id) => !reached.has(id));
  // Made-up text is no sluice.yaml, made-up deadlines are over, and what was done to a task cannot be done again; nothing is
  // there of payloads, memory, tools and agents under made-up names. Their own tests show them accept one.
  const ofSchedules = ['readSchedule', 'putSchedule', 'pauseSchedule', 'resumeSchedule', 'removeSchedule'];
  const ofWorkflows = ['submitWorkflow', 'cancelWorkflow'];
  const ofTelling = [
    ...['readChannel', 'testChannel', 'replayChannel', 'removeChannel', 'readDelivery', 'replayDelivery'],
    ...['readSubscription', 'putSubscription', 'removeSubscription'],
  ];
  const notThere = [
    ...['readPayload', 'createPayload', 'readMemory', 'importTools', 'readTool', 'removeTool'],
    ...['updateAgent', 'removeAgent', 'releaseLegalHold', 'readRevision', 'readErrorBudget', 'liftFreeze'],
    ...['addPolicies', 'readPolicy', 'removePolicy', 'testPolicies'],
  ];
  const seldom = new Set([
    ...['submitTasks', 'cancelTask', 'retryTask'],
    ...[...ofSchedules, ...ofWorkflows, ...ofTelling, ...notThere],
  ]);
  expect(never.filter((id) => !seldom.has(id))).toEqual(['createRelease', 'createPlan']);
});

test('a method that a path does not take is a 405 or, on no path, a 404', async () => {
  const all = operations();
  for (const { path, method } of all) {
    const url = path.replace(/\{(\w+)\}/g, 'x');
    // What stands in a path may be a name under another one.
    const taken = all.filter((other) => isUnder(other.path, url)).map((other) => other.method);
    for (const other of METHODS) {
      if (taken.includes(other) || (other === 'HEAD' && taken.includes('GET'))) continue;
      const response = await api.app.inject({ url, method: other, headers: { host: 'localhost' } });
      expect([response.statusCode, other, url]).toEqual([405, other, url]);
      expect(response.headers.allow).toContain(method);
    }
  }
});

const isUnder = (path: string, url: string): boolean =>
  new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(url);

test('any path is answered with a problem', async () => {
  const paths = fc
    .array(garbage, { maxLength: 4 })
    .map((parts) => `/${parts.map(encodeURIComponent).join('/')}`);
  await fc.assert(
    fc.asyncProperty(paths, fc.constantFrom(...METHODS), async (url, method) => {
      const response = await api.app.inject({ url, method, headers: { host: 'localhost' } });
      expect([400, 404, 405]).toContain(response.statusCode);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    }),
    { numRuns: 200 },
  );
});
