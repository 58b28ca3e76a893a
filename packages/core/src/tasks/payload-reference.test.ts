import { describe, expect, it } from 'vitest';
import { payloadIn, referenceTo } from './payload-reference.ts';

const ID = `sha256:${'0a'.repeat(32)}`;

describe('a reference to a payload', () => {
  it('is an object with nothing else in it', () => {
    expect(payloadIn(referenceTo(ID))).toBe(ID);
    for (const other of [
      null,
      ID,
      [],
      {},
      { $payload: 'sha256:12' },
      { $payload: 7 },
      { $payload: ID, more: 1 },
    ])
      expect(payloadIn(other)).toBeNull();
  });
});
