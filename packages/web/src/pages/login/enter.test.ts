import { expect, it } from 'vitest';
import { safeAddress } from './enter.ts';

it.each([
  ['/rollouts?q=web', '/rollouts?q=web'],
  ['/audit', '/audit'],
])('goes on to %s', (text, address) => {
  expect(safeAddress(text)).toBe(address);
});

it.each([
  null,
  '',
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/login',
  '/\t/evil.example',
])('goes to the overview instead of %s', (text) => {
  expect(safeAddress(text)).toBe('/');
});
