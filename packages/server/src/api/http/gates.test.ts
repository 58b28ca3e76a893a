import {
  approvalRuleSchema,
  freezePageSchema,
  freezeSchema,
  windowPageSchema,
  windowSchema,
} from '@sluice/protocol/http/gate-rules.ts';
import { trackSchema } from '@sluice/protocol/http/views.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { ADMIN } from '../testing/everybody-may.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const TRACK = '/api/v1/tracks/storefront/production/web';
const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: { host: 'localhost' }, ...(payload && { payload }) });

test('a vote is that of the caller, whatever the request says, and answers with the track', async () => {
  const reply = await send('POST', `${TRACK}/votes`, { decision: 'approve', by: 'person:eve' });
  expect(trackSchema.parse(reply.json()).id).toBe('storefront/production/web');
  expect(api.gates.said).toEqual(['person:ada approve storefront/production/web']);
});

test('the glass is broken with a reason, and not without', async () => {
  expect((await send('POST', `${TRACK}/break-glass`, { reason: 'it burns' })).statusCode).toBe(200);
  expect(api.gates.said).toEqual(['person:ada breaks the glass for storefront/production/web: it burns']);
  for (const body of [{}, { reason: '' }, { reason: '   ' }])
    expect(problemIn(await send('POST', `${TRACK}/break-glass`, body)).status).toBe(400);
});

test('a freeze is declared, listed and lifted', async () => {
  const reply = await send('POST', '/api/v1/freezes', { reason: 'the sale', name: 'sale' });
  expect(reply.statusCode).toBe(201);
  expect(freezeSchema.parse(reply.json())).toMatchObject({ name: 'sale', declaredBy: 'person:ada' });
  const page = freezePageSchema.parse((await ask(api, '/api/v1/freezes')).json());
  expect(page.items).toHaveLength(1);
  expect((await send('DELETE', '/api/v1/freezes/sale')).statusCode).toBe(200);
  expect(problemIn(await send('DELETE', '/api/v1/freezes/sale')).status).toBe(404);
});

test('a window is declared, listed and removed', async () => {
  const body = { effect: 'allow', times: 'mon-fri 09:00-17:00' };
  const reply = await send('PUT', '/api/v1/windows/office', body);
  expect(windowSchema.parse(reply.json())).toMatchObject({ name: 'office', zone: 'UTC', underWay: 'hold' });
  expect(windowPageSchema.parse((await ask(api, '/api/v1/windows')).json()).items).toHaveLength(1);
  expect((await send('DELETE', '/api/v1/windows/office')).statusCode).toBe(200);
  expect(problemIn(await send('DELETE', '/api/v1/windows/office')).status).toBe(404);
});

test('approvals are demanded, listed and no more demanded; a budget that is none is not found', async () => {
  const reply = await send('PUT', '/api/v1/approval-rules/four-eyes', { approvers: '1 of sre' });
  expect(approvalRuleSchema.parse(reply.json())).toMatchObject({
    name: 'four-eyes',
    declaredBy: 'person:ada',
  });
  expect((await ask(api, '/api/v1/approval-rules')).json()).toMatchObject({ items: [{ name: 'four-eyes' }] });
  expect((await send('DELETE', '/api/v1/approval-rules/four-eyes')).statusCode).toBe(200);
  expect(problemIn(await send('DELETE', '/api/v1/approval-rules/four-eyes')).status).toBe(404);
  expect(problemIn(await ask(api, `${TRACK}/error-budget`)).status).toBe(404);
});

test('nobody votes, breaks glass or freezes without being allowed to', async () => {
  const grants = [{ role: 'developer', permissions: ROLES.developer, project: '*', environment: '*' }];
  const access = {
    callerOf: async () => ({ ...ADMIN, grants }),
    mayWith: async () => ({ allowed: false as const, reason: 'no' }),
    tracksOf: async () => [],
  };
  const strict = testApi({ access });
  const refused = async (method: 'POST' | 'PUT' | 'DELETE', url: string, payload: object) =>
    (await strict.app.inject({ method, url, headers: { host: 'localhost' }, payload })).statusCode;
  expect(await refused('POST', `${TRACK}/votes`, { decision: 'approve' })).toBe(403);
  expect(await refused('POST', `${TRACK}/break-glass`, { reason: 'x' })).toBe(403);
  expect(await refused('POST', '/api/v1/freezes', { reason: 'x' })).toBe(403);
  expect(await refused('DELETE', '/api/v1/freezes/sale', {})).toBe(403);
  expect(await refused('PUT', '/api/v1/windows/w', { effect: 'deny', times: 'mon' })).toBe(403);
  expect(strict.gates.said).toEqual([]);
  await strict.app.close();
});
