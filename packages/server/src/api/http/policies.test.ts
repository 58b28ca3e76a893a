import { policyDetailSchema, policyPageSchema, policyTestSchema } from '@sluice/protocol/http/policies.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const TEXT = `
apiVersion: sluice.dev/v1
kind: ReleasePolicy
metadata: { name: canaries }
spec:
  validations: [{ expression: "plan.strategy == 'canary'" }]
`;
const send = (method: 'POST' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: { host: 'localhost' }, ...(payload && { payload }) });

test('a policy is added, listed, read and removed', async () => {
  expect((await send('POST', '/api/v1/policies', { text: TEXT })).statusCode).toBe(200);
  const page = policyPageSchema.parse((await ask(api, '/api/v1/policies')).json());
  expect(page.items.map(({ name }) => name)).toEqual(['canaries']);
  const detail = policyDetailSchema.parse((await ask(api, '/api/v1/policies/canaries')).json());
  expect(detail.document).toMatchObject({ format: 'ReleasePolicy' });
  expect(detail.text).toContain('kind: ReleasePolicy');
  expect((await send('DELETE', '/api/v1/policies/canaries?by=ada')).statusCode).toBe(200);
  expect(problemIn(await ask(api, '/api/v1/policies/canaries'))).toMatchObject({ status: 404 });
});

test('a file with a fault is refused with its line, and checked without being added', async () => {
  const text = TEXT.replace('plan.strategy', 'plans.strategy');
  expect(problemIn(await send('POST', '/api/v1/policies', { text }))).toMatchObject({
    ...{ status: 422, code: 'invalid-policy' },
    detail: expect.stringMatching(
      /^line 6: canaries: spec.validations\[0\].expression: Unknown variable: plans/,
    ),
  });
  const check = await send('POST', '/api/v1/policies/check', { text });
  expect(check.json()).toMatchObject({ ok: false, faults: [{ line: 6 }] });
  expect((await ask(api, '/api/v1/policies')).json()).toMatchObject({ items: [] });
});

test('policies are tried on a release or on objects, not on both', async () => {
  const objects = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';
  const tried = await send('POST', '/api/v1/policies/test', { text: TEXT, objects });
  expect(policyTestSchema.parse(tried.json())).toMatchObject({ allowed: true });
  expect(problemIn(await send('POST', '/api/v1/policies/test', {}))).toMatchObject({
    code: 'nothing-to-test',
  });
  const release = { text: 'application: shop', file: 'a', baseDirectory: '/a' };
  expect(problemIn(await send('POST', '/api/v1/policies/test', { objects, release }))).toMatchObject({
    code: 'nothing-to-test',
  });
  expect((await send('POST', '/api/v1/policies/test', { release })).json()).toMatchObject({ allowed: true });
  expect(api.plane.effects).toEqual([]);
});

test('a track that has nothing is one that policies cannot be tried on', async () => {
  const tried = await send('POST', '/api/v1/policies/test', { text: TEXT, track: 'shop/nowhere/web' });
  expect(problemIn(tried)).toMatchObject({ status: 404, code: 'not-found' });
});
