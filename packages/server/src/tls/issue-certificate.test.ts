import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { issueCertificate } from './issue-certificate.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const DAY_MS = 86_400_000;
const from = Date.UTC(2026, 10, 22);
const authorityKeys = pair();
const authority = issueCertificate({
  ...{
    publicKey: authorityKeys.publicKey,
    name: 'ours',
    use: 'authority',
    from,
    until: from + 9000 * DAY_MS,
  },
  issuer: { name: 'ours', key: authorityKeys.privateKey },
});
const issued = (publicKey: KeyObject) =>
  issueCertificate({
    ...{ publicKey, name: 'a worker', use: 'client', from, until: from + DAY_MS },
    issuer: { name: 'ours', key: authorityKeys.privateKey },
    uris: ['sluice://default/worker/shop/production/web'],
    hosts: ['sluice.example', '127.0.0.1', '::1'],
  });

test.each([
  ['ECDSA', pair().publicKey],
  ['Ed25519', generateKeyPairSync('ed25519').publicKey],
])('a certificate of a key for %s says what it was asked to say, signed by its authority', (_kind, key) => {
  const certificate = new X509Certificate(issued(key));
  expect(certificate.verify(authorityKeys.publicKey)).toBe(true);
  expect(certificate.verify(pair().publicKey)).toBe(false);
  expect(certificate.checkIssued(new X509Certificate(authority))).toBe(true);
  expect(certificate.publicKey.equals(key)).toBe(true);
  expect(certificate).toMatchObject({ ca: false, subject: 'CN=a worker', issuer: 'CN=ours' });
  expect(certificate.validFromDate.getTime()).toBe(from);
  expect(certificate.validToDate.getTime()).toBe(from + DAY_MS);
  expect(certificate.subjectAltName).toContain('URI:sluice://default/worker/shop/production/web');
  expect(certificate.checkHost('sluice.example')).toBe('sluice.example');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('::1')).toBe('::1');
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
});

test('an authority signs certificates, and is valid beyond 2049', () => {
  const certificate = new X509Certificate(authority);
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(authorityKeys.publicKey)).toBe(true);
  expect(certificate.validToDate.getTime()).toBe(from + 9000 * DAY_MS);
});

test('OpenSSL finds nothing wrong with either, by its strict rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-x509-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'ca.pem'), authority);
  writeFileSync(join(folder, 'leaf.pem'), issued(pair().publicKey));
  const at = String(from / 1000 + 60);
  const words = ['verify', '-x509_strict', '-purpose', 'sslclient', '-attime', at];
  expect(
    execFileSync('openssl', [...words, '-CAfile', join(folder, 'ca.pem'), join(folder, 'leaf.pem')], {
      encoding: 'utf8',
    }),
  ).toContain('OK');
});

test.each([
  [
    'the last second with two digits of the year',
    Date.UTC(2049, 11, 31, 23, 59, 59, 999),
    '170d3439313233313233353935395a',
  ],
  ['the first with four', Date.UTC(2050, 0, 1, 0, 0, 0, 999), '180f32303530303130313030303030305a'],
])('%s is written as RFC 5280 has it', (_which, until, written) => {
  const { publicKey } = pair();
  const issuer = { name: 'ours', key: authorityKeys.privateKey };
  const { raw } = new X509Certificate(
    issueCertificate({ publicKey, name: 'a worker', use: 'client', from, until, issuer }),
  );
  expect(raw.toString('hex')).toContain(written);
});

test('serial numbers are positive, of one length, and never the same', () => {
  const numbers = Array.from(
    { length: 50 },
    () => new X509Certificate(issued(authorityKeys.publicKey)).serialNumber,
  );
  expect(new Set(numbers).size).toBe(50);
  for (const number of numbers) expect(number).toMatch(/^[4-7][0-9A-F]{31}$/);
});
