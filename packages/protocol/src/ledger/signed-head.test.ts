import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { isSignedBy, keyIdOf, signedHeadSchema, signHead } from './signed-head.ts';

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
};
const ours = pair();
const head = signHead(ours.privateKey, { tenant: 'default', size: 7, rootHash: 'a'.repeat(64), at: 5 });

it('is good for the key that signed it, and says which that is', () => {
  expect(signedHeadSchema.parse(head)).toEqual(head);
  expect(head.keyId).toBe(keyIdOf(ours.publicKey));
  expect(isSignedBy(ours.pem, head)).toBe(true);
});

it.each([
  { size: 8 },
  { rootHash: 'b'.repeat(64) },
  { at: 6 },
  { tenant: 'other' },
  { signature: '' },
  { signature: 'AAAA' },
  { keyId: 'f'.repeat(16) },
])('is good for nothing once it says something else: %j', (change) => {
  expect(isSignedBy(ours.pem, { ...head, ...change })).toBe(false);
});

it('is not good for another key, even under the name of the first', () => {
  const theirs = pair();
  const forged = { ...signHead(theirs.privateKey, { ...head }), keyId: head.keyId };
  expect(isSignedBy(ours.pem, forged)).toBe(false);
  expect(isSignedBy(theirs.pem, forged)).toBe(false);
});

it.each(['', 'no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'])(
  'is not good for what is no key: %j',
  (pem) => {
    expect(isSignedBy(pem, head)).toBe(false);
  },
);

it('is not good for keys of other kinds', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  expect(isSignedBy(pem, { ...head, keyId: keyIdOf(publicKey) })).toBe(false);
});
