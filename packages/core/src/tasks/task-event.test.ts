import { describe, expect, it } from 'vitest';
import { keptBodies, TASK_EVENT_LIMITS, type ToolCallEvent } from './task-event.ts';

const { piece, text, json } = TASK_EVENT_LIMITS;

describe('what is kept of an event', () => {
  it('is all of an output, in pieces', () => {
    const whole = 'ab'.repeat(piece) + 'c';
    const kept = keptBodies({ kind: 'output', text: whole });
    expect(kept).toHaveLength(3);
    expect(kept.map((body) => (body.kind === 'output' ? body.text : '')).join('')).toBe(whole);
    expect(keptBodies({ kind: 'output', text: '' })).toEqual([]);
  });

  it('is the beginning of a line', () => {
    expect(keptBodies({ kind: 'log', level: 'info', message: 'x'.repeat(text + 1) })).toEqual([
      { kind: 'log', level: 'info', message: 'x'.repeat(text) },
    ]);
    expect(keptBodies({ kind: 'progress', part: 0.5, message: 'half' })).toEqual([
      { kind: 'progress', part: 0.5, message: 'half' },
    ]);
  });

  it('is the call of a tool, with the length of what is too long', () => {
    const call: ToolCallEvent = {
      kind: 'tool-call',
      ...{ id: '1', tool: 'find', arguments: { a: 1 } },
      state: 'succeeded',
      ...{ result: 'y'.repeat(json), error: null, durationMs: 3 },
    };
    expect(keptBodies(call)).toEqual([{ ...call, result: `(${json + 2} characters of JSON)` }]);
    expect(keptBodies({ ...call, result: null, error: 'z'.repeat(text + 5) })).toEqual([
      { ...call, result: null, error: 'z'.repeat(text) },
    ]);
  });
});
