import { describe, expect, it } from 'vitest';
import { mergePatchTo } from './merge-patch-to.ts';

describe('a patch from one object to another', () => {
  it('takes away what the other lacks, at any depth, and leaves lists whole', () => {
    const present = { labels: { a: '1', b: '2' }, list: [1, 2], policy: 'Always' };
    const wanted = { labels: { b: '3' }, list: [2] };
    expect(mergePatchTo(present, wanted)).toEqual({
      labels: { a: null, b: '3' },
      list: [2],
      policy: null,
    });
  });

  it('adds whole objects where there was none', () => {
    expect(mergePatchTo({}, { labels: { a: '1' } })).toEqual({ labels: { a: '1' } });
  });
});
