import { validationReplySchema } from '@sluice/protocol/http/validations.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

async function validate(text: string, environment?: string) {
  const payload = { text, file: 'sluice.yaml', ...(environment && { environment }) };
  const response = await ask(api, { method: 'POST', url: '/api/v1/validations', payload });
  expect(response.statusCode).toBe(200);
  return validationReplySchema.parse(response.json());
}

const good = 'application: hello\ncomponents:\n  web:\n    run: node server.js\n    health: /healthz\n';

test('a file that is right is told by what it declares', async () => {
  expect(await validate(good)).toEqual({
    ok: true,
    application: 'hello',
    environments: ['local'],
    components: ['web'],
    faults: [],
    warnings: [],
  });
});

test('several environments need no choice to be validated', async () => {
  const reply = await validate(`${good}environments: { staging: {}, production: {} }\n`);
  expect(reply).toMatchObject({ ok: true, environments: ['staging', 'production'] });
});

test('every fault has its place and what was probably meant', async () => {
  const reply = await validate(good.replace('health', 'helth').replace('run', 'rum'));
  expect(reply.ok).toBe(false);
  expect(reply.faults).toContainEqual(
    expect.objectContaining({ file: 'sluice.yaml', line: 5, column: 5, suggestion: 'health' }),
  );
});

test('an environment that the file does not have is a fault', async () => {
  expect(await validate(`${good}environments: { staging: {} }\n`, 'stagin')).toMatchObject({
    ok: false,
    faults: [{ suggestion: 'staging' }],
  });
});
