import { expect, it } from 'vitest';
import { parseApplication } from './parse-application.ts';

const read = (secrets: string) =>
  parseApplication(
    `application: shop
environments: { production: {} }
components:
  web:
    run: node server.js
    route: /
    mask: ['sess-[0-9a-f]{8}']
    secrets: ${secrets}
`,
    { file: 'sluice.yaml', baseDirectory: '/srv', environment: 'production' },
  );

it('a secret is kept by Sluice, in one of its versions or the newest, or by Vault', () => {
  const outcome = read(
    '{ A: { secret: shop-db }, B: { secret: shop-db@3 }, C: { vault: { path: secret/shop, key: url } } }',
  );
  expect(outcome).toMatchObject({ ok: true });
  if (!outcome.ok) return;
  expect(outcome.application.components[0]).toMatchObject({
    mask: ['sess-[0-9a-f]{8}'],
    secrets: {
      A: { from: 'stored', name: 'shop-db' },
      B: { from: 'stored', name: 'shop-db@3' },
      C: { from: 'vault', path: 'secret/shop', key: 'url' },
    },
  });
});

it.each([
  '{ A: { secret: Shop } }',
  '{ A: { secret: a@0 } }',
  '{ A: { vault: { path: secret/../sys, key: a } } }',
  '{ A: { vault: { path: secret, key: url } } }',
])('%s is no place of a secret', (secrets) => {
  expect(read(secrets)).toMatchObject({ ok: false, diagnostics: [{ line: 8 }] });
});

it('a secret may have a name that every object knows', () => {
  expect(read('{ constructor: { secret: shop-db } }')).toMatchObject({
    ok: true,
    application: { components: [{ secrets: { constructor: { from: 'stored', name: 'shop-db' } } }] },
  });
});
