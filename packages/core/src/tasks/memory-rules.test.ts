import { describe, expect, it } from 'vitest';
import { MEMORY_LIMITS } from './memory-limits.ts';
import {
  asExpected,
  checkedWish,
  isMemoryKey,
  ofOneKind,
  reachOf,
  searchedText,
  weightOf,
  withRoom,
  withRoomOfTenant,
} from './memory-rules.ts';

const wish = (more: object = {}) => ({ key: 'likes', value: 1, valueBytes: 1, ...more });
const present = (more: object = {}) => ({ version: 7, lines: 0, bytes: 10, ...more });
const AGENT = { queue: 'shop/production/agent', session: '' };
const codeOf = (result: { ok: boolean; refusal?: { code: string } }) =>
  result.ok ? 'ok' : result.refusal?.code;

describe('memory', () => {
  it('has keys of a few characters', () => {
    for (const key of ['a', 'user:42', 'Notes_1.2-x@y', 'x'.repeat(200)]) expect(isMemoryKey(key)).toBe(true);
    for (const key of ['', ' a', 'a/b', '.a', 'ä', 'a\n', 'x'.repeat(201)])
      expect(isMemoryKey(key)).toBe(false);
  });

  it('reaches as far as its scope says', () => {
    expect(reachOf({ queue: '', session: '' })).toBe('tenant');
    expect(reachOf(AGENT)).toBe('agent');
    expect(reachOf({ ...AGENT, session: 'talk' })).toBe('session');
  });

  it('takes what is within its limits, and nothing else', () => {
    expect(codeOf(checkedWish(wish()))).toBe('ok');
    expect(codeOf(checkedWish(wish({ valueBytes: MEMORY_LIMITS.valueBytes })))).toBe('ok');
    const odd = [
      { key: '' },
      { valueBytes: MEMORY_LIMITS.valueBytes + 1 },
      { timeToLiveMs: 999 },
      { timeToLiveMs: Number.NaN },
      { timeToLiveMs: MEMORY_LIMITS.longestMs + 1 },
      { embedding: [1, Number.NaN] },
      { embedding: Array.from({ length: MEMORY_LIMITS.dimensions + 1 }, () => 1) },
    ];
    for (const more of odd) expect(codeOf(checkedWish(wish(more)))).toBe('invalid-memory');
    expect(weightOf(wish({ valueBytes: 10, embedding: [1, 2] }))).toBe(5 + 10 + 8);
  });

  it('is changed from the version that was read, or not at all', () => {
    expect(codeOf(asExpected('k', present(), undefined))).toBe('ok');
    expect(codeOf(asExpected('k', present(), 7))).toBe('ok');
    expect(codeOf(asExpected('k', null, 0))).toBe('ok');
    expect(asExpected('k', present(), 6)).toMatchObject({
      refusal: {
        code: 'conflict',
        message: 'k was to be changed from version 6, and its present version is 7.',
      },
    });
    expect(codeOf(asExpected('k', present(), 0))).toBe('conflict');
    expect(codeOf(asExpected('k', null, 7))).toBe('conflict');
  });

  it('holds a value or lines under a key, never both', () => {
    expect(codeOf(ofOneKind('k', null, 'lines'))).toBe('ok');
    expect(codeOf(ofOneKind('k', present(), 'value'))).toBe('ok');
    expect(codeOf(ofOneKind('k', present({ lines: 3 }), 'lines'))).toBe('ok');
    expect(codeOf(ofOneKind('k', present(), 'lines'))).toBe('other-kind');
    expect(codeOf(ofOneKind('k', present({ lines: 3 }), 'value'))).toBe('other-kind');
  });

  it('ends where its room ends, and what becomes smaller always has room', () => {
    const { keys, scopeBytes, lines, tenantBytes } = MEMORY_LIMITS;
    const none = { keys: 0, bytes: 0, lines: 0 };
    expect(codeOf(withRoom(AGENT, { keys, bytes: scopeBytes }, none))).toBe('ok');
    expect(codeOf(withRoom(AGENT, { keys, bytes: 0 }, { ...none, keys: 1 }))).toBe('limit-memory');
    expect(codeOf(withRoom(AGENT, { keys: 0, bytes: scopeBytes }, { ...none, bytes: 1 }))).toBe(
      'limit-memory',
    );
    expect(codeOf(withRoom(AGENT, { keys: 0, bytes: scopeBytes + 5 }, { ...none, bytes: -1 }))).toBe('ok');
    expect(codeOf(withRoom(AGENT, { keys: 0, bytes: 0 }, { ...none, lines: lines + 1 }))).toBe(
      'limit-memory',
    );
    expect(codeOf(withRoomOfTenant(tenantBytes))).toBe('limit-memory');
  });

  it('is found by every text in it, and by its key', () => {
    expect(searchedText('user:42', { a: ['red', { b: 'blue', c: 3 }], d: null, e: true })).toBe(
      'user 42\nred\nblue\n3',
    );
    const long = searchedText('k', ['x'.repeat(MEMORY_LIMITS.searched), 'never']);
    expect(long).toHaveLength(MEMORY_LIMITS.searched + 2);
  });
});
