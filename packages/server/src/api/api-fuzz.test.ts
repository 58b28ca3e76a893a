import fc from 'fast-check';
import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiDocuments } from './api-documents.ts';
import { arbitraryOf, nearlyOf } from './testing/arbitrary-of-schema.ts';
import {
  type DocumentedOperation,
  type OpenApiDocument,
  resolved,
  validatorOf,
} from './testing/open-api-document.ts';
import { type TestApi, testApi } from './testing/test-api.ts';

const RUNS = 60;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

let document: OpenApiDocument;
let api: TestApi;

beforeAll(async () => {
  const text = await apiDocuments()[0]?.produce();
  document = JSON.parse(text ?? '{}') as OpenApiDocument;
  api = testApi();
  // Streams end at once here, so that each request has an answer; their own tests keep them open.
  api.plane.events = async function* () {
    yield* api.plane.feed.past;
  };
});
afterAll(() => api.app.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

/** Anything but the names of folders, which clients resolve before they send a path. */
const garbage = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed()),
    fc.constantFrom('', '../x', '%00', '__proto__', 'constructor', '-1', '1e309', 'ro-1'),
  )
  .filter((text) => text !== '.' && text !== '..');

/** A name that exists, one that fits, or anything. */
const part = (good: fc.Arbitrary<unknown>, known: readonly string[]) =>
  fc.oneof(fc.constantFrom(...known), good, garbage).map((value) => encodeURIComponent(String(value)));

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  application: ['storefront'],
  environment: ['production'],
  component: ['web'],
  id: ['ro-2'],
};

function urlOf(path: string, operation: DocumentedOperation): fc.Arbitrary<string> {
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const names = fc.tuple(
    ...inPath.map(({ name, schema }) => part(arbitraryOf(document, schema), KNOWN[name] ?? ['x'])),
  );
  const pairs = inQuery.map(({ name, schema }) =>
    part(arbitraryOf(document, schema), ['1']).map((value) => `${name}=${value}`),
  );
  const unknownPair = fc.tuple(garbage, garbage).map((pair) => pair.map(encodeURIComponent).join('='));
  const query = fc.array(fc.oneof(...pairs, unknownPair), { maxLength: 3 });
  return fc.tuple(names, query).map(([values, chosen]) => {
    const filled = inPath.reduce((url, { name }, at) => url.replace(`{${name}}`, values[at] ?? ''), path);
    return chosen.length > 0 ? `${filled}?${chosen.join('&')}` : filled;
  });
}

const printable = fc.stringMatching(/^[ -~]{0,40}$/);
const headers = fc.record(
  {
    'idempotency-key': fc.oneof(printable, fc.constant('one-key')),
    'if-match': fc.oneof(printable, fc.constant('"17.x"')),
    'if-none-match': printable,
    'last-event-id': fc.oneof(printable, fc.nat().map(String)),
    accept: fc.oneof(printable, fc.constantFrom('text/markdown', '*/*', 'text/html')),
    origin: fc.oneof(printable, fc.constant('http://localhost')),
    'sec-fetch-site': fc.constantFrom('none', 'same-origin', 'cross-site'),
    host: fc.oneof({ weight: 9, arbitrary: fc.constant('localhost') }, { weight: 1, arbitrary: printable }),
    'x-request-id': printable,
  },
  { requiredKeys: ['host'] },
);

function bodyOf(operation: DocumentedOperation): fc.Arbitrary<{ payload?: string; type?: string }> {
  const schema = operation.requestBody?.content['application/json']?.schema ?? {};
  const json = fc
    .oneof(arbitraryOf(document, schema), nearlyOf(document, schema), fc.jsonValue())
    .map((value) => ({ payload: JSON.stringify(value), type: 'application/json' }));
  const raw = fc.record({
    payload: fc.string({ unit: 'binary' }),
    type: fc.constantFrom(
      'application/json',
      'text/plain',
      'application/xml',
      'application/json; charset=x',
      '',
    ),
  });
  return fc.oneof({ weight: 6, arbitrary: json }, { weight: 2, arbitrary: raw }, fc.constant({}));
}

function requestTo(
  path: string,
  method: string,
  operation: DocumentedOperation,
): fc.Arbitrary<InjectOptions> {
  const body = method === 'GET' ? fc.constant({}) : bodyOf(operation);
  return fc
    .tuple(urlOf(path, operation), headers, body)
    .map(([url, given, { payload, type }]: [string, object, { payload?: string; type?: string }]) => ({
      url,
      method: method as 'GET',
      headers: { ...given, ...(type ? { 'content-type': type } : {}) } as Record<string, string>,
      ...(payload === undefined ? {} : { payload }),
    }));
}

/** What is answered must be what the document promises: the status, the media type and the shape of the body. */
function keepsItsWord(response: Response, { responses }: DocumentedOperation): void {
  const promised = responses[String(response.statusCode)];
  expect(promised, `status ${response.statusCode}: ${response.body}`).toBeDefined();
  expect(response.statusCode).not.toBe(500);
  const type = String(response.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (response.statusCode === 304) return;
  const schema = promised?.content?.[type]?.schema;
  expect(schema, `${response.statusCode} as ${type}`).toBeDefined();
  if (!type.endsWith('json') || !schema) return;
  expect(validators(schema).safeParse(response.json())).toMatchObject({ success: true });
}

const compiled = new Map<string, ReturnType<typeof validatorOf>>();
function validators(schema: Parameters<typeof resolved>[1]) {
  const key = JSON.stringify(schema);
  const validator = compiled.get(key) ?? validatorOf(document, schema);
  compiled.set(key, validator);
  return validator;
}

test('whatever is asked, every operation answers as the document says, and never with 500', async () => {
  for (const { path, method, operation } of operations()) {
    await fc.assert(
      fc.asyncProperty(requestTo(path, method, operation), async (request) => {
        const response = await api.app.inject(request);
        // An empty name leads to another path, which then has no operation.
        if (/"code":"(no-such-path|method-not-allowed)"/.test(response.body)) return;
        keepsItsWord(response, operation);
      }),
      { numRuns: RUNS },
    );
  }
});

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
        expect(response.body).not.toContain('invalid-request');
        if (response.statusCode < 300) reached.add(operation.operationId);
      }),
      { numRuns: schema ? 20 : 1 },
    );
  }
  const never = operations()
    .map(({ operation }) => operation.operationId)
    .filter((id) => !reached.has(id));
  // Made-up text is no sluice.yaml, so these two are always refused; their own tests show them accept one.
  expect(never).toEqual(['createRelease', 'createPlan']);
});

test('a method that a path does not take is a 405 or, on no path, a 404', async () => {
  for (const { path, method } of operations()) {
    const url = path.replace(/\{(\w+)\}/g, 'x');
    for (const other of METHODS) {
      if (other === method || (other === 'HEAD' && method === 'GET')) continue;
      const response = await api.app.inject({ url, method: other, headers: { host: 'localhost' } });
      expect([response.statusCode, other, url]).toEqual([405, other, url]);
      expect(response.headers.allow).toContain(method);
    }
  }
});

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
