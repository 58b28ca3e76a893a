import fc from 'fast-check';
import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import { expect } from 'vitest';
import { arbitraryOf, nearlyOf } from './arbitrary-of-schema.ts';
import {
  type DocumentedOperation,
  type JsonSchema,
  type OpenApiDocument,
  validatorOf,
} from './open-api-document.ts';

/** An operation of the document, with its place. */
export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: DocumentedOperation;
}

/** Every operation of a document. */
export const operationsOf = (document: OpenApiDocument): readonly PlacedOperation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

/** What requests are made up from. */
export interface RequestSource {
  readonly document: OpenApiDocument;
  /** Values of parameters for which there is something, by the name of the parameter. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  /** With `passesGuards`: bodies by operation, for those that look deeper than their schema. */
  readonly bodies?: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Leaves out what the guards in front of every operation refuse, so that most requests come to the operation. */
  readonly passesGuards?: boolean;
}

/** Text that is anything but the names of folders, which clients resolve before they send a path. */
export const garbage = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed()),
    fc.constantFrom('', '../x', '%00', '__proto__', 'constructor', '-1', '1e309', 'ro-1'),
  )
  .filter((text) => text !== '.' && text !== '..');

/** A name that exists, one that fits, or anything. */
const part = (good: fc.Arbitrary<unknown>, known: readonly string[], knownWeight: number) =>
  fc
    .oneof({ weight: knownWeight, arbitrary: fc.constantFrom(...known) }, good, garbage)
    .map((value) => encodeURIComponent(String(value)));

function urlOf(
  { document, known, passesGuards = false }: RequestSource,
  { path, operation }: PlacedOperation,
): fc.Arbitrary<string> {
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const weight = passesGuards ? 12 : 1;
  const names = fc.tuple(
    ...inPath.map(({ name, schema }) => part(arbitraryOf(document, schema), known[name] ?? ['x'], weight)),
  );
  const pairs = inQuery.map(({ name, schema }) =>
    part(arbitraryOf(document, schema), known[name] ?? ['1'], weight).map((value) => `${name}=${value}`),
  );
  const unknownPair = fc.tuple(garbage, garbage).map((pair) => pair.map(encodeURIComponent).join('='));
  const query = passesGuards
    ? fc.tuple(...pairs).chain((all) => fc.subarray(all))
    : fc.array(fc.oneof(...pairs, unknownPair), { maxLength: 3 });
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

/** What a client of one's own sends, with nothing that shows another site or host. */
const politeHeaders = fc.record(
  {
    'idempotency-key': fc.oneof(fc.uuid(), fc.constant('one-key')),
    'if-match': fc.constantFrom('"1"', '"17.x"', '*', '*', '*'),
    accept: fc.constantFrom('*/*', 'application/json', 'text/markdown'),
    host: fc.constant('localhost'),
  },
  { requiredKeys: ['host'] },
);

type Body = fc.Arbitrary<{ payload?: string; type?: string }>;

function fittingBodyOf({ document, bodies }: RequestSource, operation: DocumentedOperation): Body {
  const schema = operation.requestBody?.content['application/json']?.schema ?? {};
  const value = bodies?.[operation.operationId] ?? arbitraryOf(document, schema);
  return value.map((json) => ({ payload: JSON.stringify(json), type: 'application/json' }));
}

function bodyOf({ document }: RequestSource, operation: DocumentedOperation): Body {
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

/** Makes up requests to an operation: some fit it, most do not. */
export function requestTo(source: RequestSource, placed: PlacedOperation): fc.Arbitrary<InjectOptions> {
  const fitting = source.passesGuards ? fittingBodyOf : bodyOf;
  const body = placed.method === 'GET' ? fc.constant({}) : fitting(source, placed.operation);
  return fc
    .tuple(urlOf(source, placed), source.passesGuards ? politeHeaders : headers, body)
    .map(([url, given, { payload, type }]: [string, object, { payload?: string; type?: string }]) => ({
      url,
      method: placed.method as 'GET',
      headers: { ...given, ...(type ? { 'content-type': type } : {}) } as Record<string, string>,
      ...(payload === undefined ? {} : { payload }),
    }));
}

/** Expects what the document promises of an answer: the status, the media type and the shape of the body. */
export function keepsItsWord(
  document: OpenApiDocument,
  { operation: { responses } }: PlacedOperation,
  response: Response,
): void {
  // An empty name leads to another path, which then has no operation.
  if (/"code":"(no-such-path|method-not-allowed)"/.test(response.body)) return;
  const promised = responses[String(response.statusCode)];
  expect(promised, `status ${response.statusCode}: ${response.body}`).toBeDefined();
  expect(response.statusCode).not.toBe(500);
  const type = String(response.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (response.statusCode === 304) return;
  const schema = promised?.content?.[type]?.schema;
  expect(schema, `${response.statusCode} as ${type}`).toBeDefined();
  if (!type.endsWith('json') || !schema) return;
  expect(validators(document, schema).safeParse(response.json())).toMatchObject({ success: true });
}

const compiled = new Map<string, ReturnType<typeof validatorOf>>();
function validators(document: OpenApiDocument, schema: JsonSchema) {
  const key = JSON.stringify(schema);
  const validator = compiled.get(key) ?? validatorOf(document, schema);
  compiled.set(key, validator);
  return validator;
}
