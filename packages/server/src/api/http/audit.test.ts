import { auditPageSchema } from '@sluice/protocol/http/audit.ts';
import { doraPageSchema, legalHoldSchema } from '@sluice/protocol/http/audit-keeping.ts';
import { signedHeadSchema } from '@sluice/protocol/ledger/signed-head.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: { host: 'localhost' }, ...(payload && { payload }) });

test('entries are listed page by page, by who did it, and read one by one', async () => {
  api.audit.record({ actor: 'token:ci' }, { actor: 'token:ci' });
  const page = auditPageSchema.parse((await ask(api, '/api/v1/audit/entries?actor=token:ci&limit=1')).json());
  expect(page.items.map(({ sequence }) => sequence)).toEqual([4]);
  const rest = await ask(api, `/api/v1/audit/entries?actor=token:ci&limit=1&cursor=${page.next}`);
  expect(auditPageSchema.parse(rest.json())).toMatchObject({ items: [{ sequence: 3 }], next: null });
  const other = await ask(api, `/api/v1/audit/entries?actor=person:ada&cursor=${page.next}`);
  expect(problemIn(other)).toMatchObject({ status: 400, code: 'invalid-cursor' });
  expect((await ask(api, '/api/v1/audit/entries/3')).json()).toMatchObject({ actor: 'token:ci' });
  expect(problemIn(await ask(api, '/api/v1/audit/entries/99'))).toMatchObject({ status: 404 });
  expect(problemIn(await ask(api, '/api/v1/audit/entries/0'))).toMatchObject({ status: 400 });
});

test('an export is a file, in each form', async () => {
  for (const [form, type, begin] of [
    ['jsonl', 'application/jsonl', '{"entries":2'],
    ['csv', 'text/csv', 'sequence,at'],
    ['cef', 'text/plain', 'CEF:0|Sluice'],
  ] as const) {
    const response = await ask(api, `/api/v1/audit/export?form=${form}`);
    expect(response.headers).toMatchObject({
      'content-type': `${type}; charset=utf-8`,
      'content-disposition': `attachment; filename="ledger.${form}"`,
    });
    expect(response.body.startsWith(begin)).toBe(true);
  }
  expect(problemIn(await ask(api, '/api/v1/audit/export?form=pdf'))).toMatchObject({ status: 400 });
});

test('head, keys, proofs and witnesses are there for whoever checks', async () => {
  expect(signedHeadSchema.parse((await ask(api, '/api/v1/audit/head')).json()).size).toBe(2);
  expect((await ask(api, '/api/v1/audit/keys')).json()).toMatchObject({ items: [{ signsNow: true }] });
  const inclusion = await ask(api, '/api/v1/audit/proofs/inclusion?sequence=1');
  expect(inclusion.json()).toMatchObject({ sequence: 1, size: 2 });
  expect(problemIn(await ask(api, '/api/v1/audit/proofs/inclusion?sequence=9'))).toMatchObject({
    status: 409,
  });
  expect((await ask(api, '/api/v1/audit/proofs/consistency?from=1')).json()).toMatchObject({
    from: 1,
    to: 2,
  });
  expect((await ask(api, '/api/v1/audit/witnesses')).json()).toMatchObject({ items: [{ state: 'agrees' }] });
  expect((await ask(api, '/api/v1/audit/verification')).json()).toMatchObject({ intact: true, entries: 2 });
  expect((await send('POST', '/api/v1/audit/keys/rotation', {})).statusCode).toBe(200);
});

test('a hold is placed by whoever asks, and released', async () => {
  const placed = await send('POST', '/api/v1/audit/holds', { reason: 'case 12', by: 'somebody else' });
  expect(placed.statusCode).toBe(201);
  const { id, placedBy } = legalHoldSchema.parse(placed.json());
  expect(placedBy).not.toBe('somebody else');
  expect((await ask(api, '/api/v1/audit/holds')).json()).toMatchObject({ items: [{ id }] });
  expect((await send('DELETE', `/api/v1/audit/holds/${id}`)).statusCode).toBe(200);
  expect((await send('DELETE', `/api/v1/audit/holds/${id}`)).statusCode).toBe(404);
  expect((await send('PUT', '/api/v1/audit/retention', { keptMs: 86_400_000 })).json()).toMatchObject({
    keptMs: 86_400_000,
  });
  expect((await send('PUT', '/api/v1/audit/retention', { keptMs: 1 })).statusCode).toBe(400);
});

test('a report and the figures are of a period', async () => {
  const report = await ask(api, '/api/v1/audit/report?from=0');
  expect(report.headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(report.body).toContain('# Changes from 1970-01-01T00:00:00.000Z');
  expect(doraPageSchema.parse((await ask(api, '/api/v1/dora?from=0&to=5')).json())).toEqual({
    ...{ from: 0, to: 5, items: [] },
  });
  expect(problemIn(await ask(api, '/api/v1/dora?from=5&to=5'))).toMatchObject({ code: 'invalid-period' });
});
