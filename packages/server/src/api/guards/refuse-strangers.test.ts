import { expect, test } from 'vitest';
import { type RequestOrigin, strangerProblem } from './refuse-strangers.ts';

const local: RequestOrigin = {
  method: 'POST',
  path: '/api/v1/releases',
  host: '127.0.0.1:7070',
  origin: undefined,
  fetchSite: undefined,
  isEncrypted: false,
  isCertified: false,
};
const codeOf = (change: Partial<RequestOrigin>) => strangerProblem({ ...local, ...change })?.code;

test.each(['localhost', 'LOCALHOST:7070', '127.0.0.1', '127.0.0.1:7070', '[::1]', '[::1]:7070'])(
  'a request to %s may pass',
  (host) => {
    expect(codeOf({ host })).toBeUndefined();
  },
);

test.each([
  'evil.example',
  'evil.example:7070',
  'localhost.evil.example',
  '127.0.0.1.nip.io',
  '127.0.0.2',
  '10.0.0.7:7070',
  '[::2]',
  '127.0.0.1@evil.example',
  '127.0.0.1:70700000',
  '',
])('a request to %s is refused, even one that only reads', (host) => {
  expect(codeOf({ host, method: 'GET', path: '/health/live' })).toBe('unknown-host');
});

test('a request that names no host is refused', () => {
  expect(codeOf({ host: undefined })).toBe('unknown-host');
});

test('a change that a page of another site asks for is refused', () => {
  expect(codeOf({ origin: 'https://evil.example' })).toBe('cross-site-request');
  expect(codeOf({ origin: 'null' })).toBe('cross-site-request');
  expect(codeOf({ origin: 'http://127.0.0.1:3000' })).toBe('cross-site-request');
  expect(codeOf({ fetchSite: 'cross-site' })).toBe('cross-site-request');
  expect(codeOf({ fetchSite: 'same-site' })).toBe('cross-site-request');
});

test('a change that a page of this API asks for may pass', () => {
  expect(codeOf({ origin: 'http://127.0.0.1:7070', fetchSite: 'same-origin' })).toBeUndefined();
  expect(codeOf({ fetchSite: 'none' })).toBeUndefined();
});

test('over TLS the names of the certificate are ours, and pages that came over TLS', () => {
  const own = { host: 'sluice.example:7443', isEncrypted: true, isCertified: true };
  expect(codeOf(own)).toBeUndefined();
  expect(codeOf({ ...own, origin: 'https://sluice.example:7443' })).toBeUndefined();
  expect(codeOf({ ...own, origin: 'http://sluice.example:7443' })).toBe('cross-site-request');
  expect(codeOf({ ...own, isCertified: false })).toBe('unknown-host');
});

test('reading may be asked from anywhere, because browsers keep the answer from other sites', () => {
  const read = { method: 'GET', path: '/api/v1/tracks', origin: 'https://evil.example' };
  expect(codeOf(read)).toBeUndefined();
});

test('an event stream costs a subscription, so other sites get none', () => {
  const follow = { method: 'GET', path: '/api/v1/events', origin: 'https://evil.example' };
  expect(codeOf(follow)).toBe('cross-site-request');
});
