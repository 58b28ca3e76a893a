import { registeredAgentPageSchema, registeredAgentSchema } from '@sluice/protocol/http/registered-agents.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const PATH = '/api/v1/registered-agents';
const ID = 'shop/production/research';
const register = (payload: object) => ask(api, { method: 'POST', url: PATH, payload });

test('an agent is registered with its defaults, changed and forgotten', async () => {
  const made = await register({ id: ID, capabilities: ['search'] });
  expect(made.statusCode).toBe(201);
  expect(registeredAgentSchema.parse(made.json())).toMatchObject({
    ...{ id: ID, name: '', category: '', status: 'inactive', capabilities: ['search'], configuration: {} },
  });
  expect(problemIn(await register({ id: ID }))).toMatchObject({ status: 409, code: 'already-registered' });
  const changed = await ask(api, { method: 'PUT', url: `${PATH}/${ID}`, payload: { name: 'R' } });
  expect(changed.json()).toMatchObject({ name: 'R', capabilities: [] });
  expect((await ask(api, { method: 'DELETE', url: `${PATH}/${ID}` })).json()).toEqual({ id: ID });
  const gone = problemIn(await ask(api, { method: 'DELETE', url: `${PATH}/${ID}` }));
  expect(gone).toMatchObject({ status: 404, remedy: expect.stringContaining('sluice agents registered') });
});

test('agents are listed page by page in the order of their ids', async () => {
  for (const name of ['c', 'a', 'b']) await register({ id: `shop/production/${name}` });
  const first = registeredAgentPageSchema.parse((await ask(api, { url: `${PATH}?limit=2` })).json());
  expect(first.items.map(({ id }) => id)).toEqual(['shop/production/a', 'shop/production/b']);
  const rest = await ask(api, { url: `${PATH}?limit=2&cursor=${first.next}` });
  expect(registeredAgentPageSchema.parse(rest.json())).toMatchObject({
    items: [{ id: 'shop/production/c' }],
    next: null,
  });
});

test('what is no agent is refused with what to do', async () => {
  expect((await register({ id: 'research' })).statusCode).toBe(400);
  expect((await register({ id: ID, status: 'active' })).statusCode).toBe(400);
  const large = problemIn(await register({ id: ID, configuration: { text: 'x'.repeat(70_000) } }));
  expect(large).toMatchObject({
    status: 422,
    code: 'invalid-agent',
    remedy: expect.stringContaining('65536'),
  });
});
