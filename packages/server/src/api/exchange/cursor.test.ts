import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openCursor, sealCursor } from './cursor.ts';

test('a sealed cursor opens for its own list and for no other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'binary' }), fc.string(), (list, cursor, other) => {
      const whole = cursor.toWellFormed();
      const sealed = sealCursor(list, whole);
      expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(openCursor(list, sealed)).toBe(whole);
      if (other !== list) expect(openCursor(other, sealed)).toBeUndefined();
    }),
  );
});

test('anything else does not open', () => {
  for (const text of ['', 'x', '!!!', 'ro-17', 'a'.repeat(2000)]) {
    expect(openCursor('tracks', text)).toBeUndefined();
  }
  const sealed = sealCursor('tracks', '17');
  expect(openCursor('tracks', `${sealed.slice(0, -1)}A`)).toBeUndefined();
});
