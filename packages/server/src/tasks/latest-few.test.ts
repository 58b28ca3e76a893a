import { describe, expect, it } from 'vitest';
import { latestFew } from './latest-few.ts';

describe('a map that forgets', () => {
  it('keeps what was asked for or set last, and no more than it may', () => {
    const few = latestFew<number>(2);
    few.set('one', 1);
    few.set('two', 2);
    expect(few.get('one')).toBe(1);
    few.set('three', 3);
    expect([few.get('one'), few.get('two'), few.get('three')]).toEqual([1, undefined, 3]);
    few.set('one', 11);
    expect([few.get('one'), few.size]).toEqual([11, 2]);
    few.delete('one');
    expect([few.get('one'), few.size]).toEqual([undefined, 1]);
  });
});
