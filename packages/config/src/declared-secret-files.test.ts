import { expect, it } from 'vitest';
import { declaredSecretFiles } from './declared-secret-files.ts';

const SHOP = `
application: shop
defaults: { secrets: { ALL: { file: secrets/all } } }
components:
  web: { run: ./serve, secrets: { A: { file: secrets/a }, B: { environment: HOST_B } } }
  api: { run: ./api, secrets: { A: { file: ../elsewhere/a } } }
environments:
  staging:
  production: { components: { web: { env: { A: plain }, secrets: { C: { file: /run/secrets/c } } } } }
`;

it('names every file of a secret, of all components and environments, also where one overrides another', () => {
  expect(declaredSecretFiles(SHOP, '/srv/app').toSorted()).toEqual([
    '/run/secrets/c',
    '/srv/app/secrets/a',
    '/srv/app/secrets/all',
    '/srv/elsewhere/a',
  ]);
});

it('names the files with which metrics are read, of measurements as well', () => {
  const text = `
application: shop
target: kubernetes
components: { web: { image: web:1 } }
analysis: { measurements: { m: { web: { url: "http://q", headers: { A: { file: secrets/quality } } } } } }
defaults:
  kubernetes:
    metrics:
      prometheus: http://p
      headers: { Authorization: { file: secrets/token }, Plain: text }
      tls: { ca: ca.pem, cert: client.pem, key: secrets/client-key.pem }
`;
  expect(declaredSecretFiles(text, '/srv/app').toSorted()).toEqual([
    '/srv/app/secrets/client-key.pem',
    '/srv/app/secrets/quality',
    '/srv/app/secrets/token',
  ]);
});

it.each(['application: a\ncomponents: { web: { run: x } }', 'a: [', '', 'components: 5'])(
  'names none of %j',
  (text) => {
    expect(declaredSecretFiles(text, '/srv/app')).toEqual([]);
  },
);
