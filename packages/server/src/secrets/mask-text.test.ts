import { describe, expect, it } from 'vitest';
import { maskOf } from './mask-text.ts';

describe('a mask', () => {
  it.each([
    ['pushed with ghp_0123456789abcdef0123456789abcdef0123', 'pushed with [secret]'],
    ['token=glpat-0123456789abcdefghij ok', 'token=[secret] ok'],
    ['{"auth":"eyJhbGciOiJI.eyJzdWIiOiIx.abc"}', '{"auth":"[secret]"}'],
    ['connecting to postgres://shop:hunter2@db/shop', 'connecting to [secret]'],
    ['1 | key AKIAIOSFODNN7EXAMPLE used', '1 | key [secret] used'],
    ['GET https://example.com/a:b?c=d 200 in 5 ms', 'GET https://example.com/a:b?c=d 200 in 5 ms'],
  ])('shows %s as %s', (line, shown) => {
    expect(maskOf([])(line)).toBe(shown);
  });

  it('takes out what the patterns of a component say, by the word or, where they go across words, by the line', () => {
    const mask = maskOf(['sess-[0-9a-f]{8}', 'card number \\d+']);
    expect(mask('user ada, session sess-0123abcd, 5 ms\ncard number 4111\nfine')).toBe(
      'user ada, session [secret], 5 ms\n[secret]\nfine',
    );
  });

  it('takes out private keys, with all their lines', () => {
    const key = `-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBase64Base64\n1 | oAoGCCqGSM49AwEH\n-----END EC PRIVATE KEY-----\nafter`;
    expect(maskOf([])(`before\n${key}`)).toBe('before\n[secret]\n[secret]\n[secret]\n[secret]\nafter');
    expect(maskOf([])('-----BEGIN PRIVATE KEY-----\nno key at all')).toBe('[secret]\nno key at all');
  });

  it('takes time that grows with the text, whatever text and patterns', () => {
    const mask = maskOf(['(a+)+$', '(x|x)*y']);
    const begun = performance.now();
    mask(`${'a'.repeat(200_000)}b\n${'x '.repeat(50_000)}\n${'a:'.repeat(50_000)}`);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('refuses a pattern that is none', () => {
    expect(() => maskOf(['('])).toThrow();
  });
});
