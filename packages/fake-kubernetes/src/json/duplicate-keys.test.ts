import { describe, expect, it } from 'vitest';
import { duplicateKeys } from './duplicate-keys.ts';

describe('keys that stand twice', () => {
  it.each([
    ['{"a":1,"b":{"a":2}}', []],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['{"a":{"b":1,"b":2}}', ['a.b']],
    ['{"a":[{"b":1},{"b":1,"b":2}]}', ['a[1].b']],
    ['{"a":"{\\"a\\":1,","b":"a"}', []],
    ['{"a":["b","b"],"b":"b"}', []],
  ])('are found where they stand: %s', (text, found) => {
    expect(duplicateKeys(text)).toEqual(found);
  });
});
