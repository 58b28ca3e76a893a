import { describe, expect, it } from 'vitest';
import type { ToolCall } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { type ToolCaller, toolCaller } from './call-tool.ts';
import { plainJson } from './json-value.ts';
import { TaskAborted, TaskError } from './task-error.ts';
import { until } from './testing/with-workers.ts';

interface Toolbox {
  readonly tool: ToolCaller;
  readonly told: ToolCall[];
  readonly late: string[];
  readonly aborter: AbortController;
}

function toolbox(): Toolbox {
  const told: ToolCall[] = [];
  const late: string[] = [];
  const aborter = new AbortController();
  const tool = toolCaller({
    signal: aborter.signal,
    tell: async (call) => void told.push(call),
    ended: () => undefined,
    late: (name, thrown) => late.push(`${name}: ${(thrown as Error).message}`),
    chance: () => 0,
  });
  return { tool, told, late, aborter };
}
const never = (): Promise<never> => new Promise(() => undefined);

describe('a tool', () => {
  it('is told before and after, with what it got, gave and took', async () => {
    const { tool, told } = toolbox();
    expect(await tool('add', () => 3, { arguments: { a: 1, b: 2 } })).toBe(3);
    expect(told).toHaveLength(2);
    expect(plainJson(told[0]?.arguments)).toEqual({ a: 1, b: 2 });
    expect(told[0]?.result).toBeUndefined();
    expect(told[0]?.duration).toBeUndefined();
    expect(plainJson(told[1]?.result)).toBe(3);
    expect(told[1]?.duration).toBeDefined();
    expect(told[1]?.id).toBe(told[0]?.id);
  });

  it('fails with class tool, or the class that it chose', async () => {
    const { tool, told } = toolbox();
    const broken = tool('lookup', () => {
      throw new RangeError('no such row');
    });
    await expect(broken).rejects.toMatchObject({
      failureClass: 'tool',
      message: 'the tool lookup failed: RangeError: no such row',
    });
    expect(told[1]?.error).toBe('RangeError: no such row');
    const busy = tool('lookup', () =>
      Promise.reject(new TaskError('rate-limited', 'busy', { retryAfterMs: 5 })),
    );
    await expect(busy).rejects.toMatchObject({ failureClass: 'rate-limited', retryAfterMs: 5 });
  });

  it('is called again as often as asked, each time told as a call of its own', async () => {
    const { tool, told } = toolbox();
    const attempts: number[] = [];
    const flaky = await tool(
      'flaky',
      ({ attempt }) => {
        attempts.push(attempt);
        if (attempt < 3) throw new Error('not yet');
        return 'now';
      },
      { retries: 2, pauseMs: 1 },
    );
    expect(flaky).toBe('now');
    expect(attempts).toEqual([1, 2, 3]);
    expect(told.map(({ id }) => id)).toEqual(['1', '1', '2', '2', '3', '3']);
    await expect(
      tool('dead', () => Promise.reject(new Error('no')), { retries: 1, pauseMs: 1 }),
    ).rejects.toThrow('the tool dead failed: no');
  });

  it('takes no longer than it may, and what it throws later is reported', async () => {
    const { tool, late } = toolbox();
    const gate = Promise.withResolvers<never>();
    const slow = tool('slow', () => gate.promise, { timeoutMs: 5 });
    await expect(slow).rejects.toMatchObject({
      failureClass: 'tool',
      message: 'the tool slow took longer than 5 ms',
    });
    gate.reject(new Error('at last'));
    await until(() => expect(late).toEqual(['slow: at last']));
  });

  it('hears by its signal that time is over, and that is no late failure', async () => {
    const { tool, late } = toolbox();
    const obedient = tool(
      'obedient',
      ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { timeoutMs: 5 },
    );
    await expect(obedient).rejects.toThrow('took longer');
    await new Promise((resolve) => setImmediate(resolve));
    expect(late).toEqual([]);
  });

  it('is given up when the task has to stop, also between two tries, and never begun after that', async () => {
    const { tool, aborter } = toolbox();
    const stopped = new TaskAborted('revoked');
    const running = tool('deaf', never);
    const pausing = tool('flaky', () => Promise.reject(new Error('no')), { retries: 9, pauseMs: 60_000 });
    await new Promise((resolve) => setImmediate(resolve));
    aborter.abort(stopped);
    await expect(running).rejects.toBe(stopped);
    await expect(pausing).rejects.toBe(stopped);
    let isBegun = false;
    const late = tool('late', () => {
      isBegun = true;
    });
    await expect(late).rejects.toBe(stopped);
    expect(isBegun).toBe(false);
  });

  it('describes what is too large, or no JSON, instead of telling it', async () => {
    const { tool, told } = toolbox();
    await tool('large', () => 'x'.repeat(20_000));
    await tool('big', () => 1n);
    expect(plainJson(told[1]?.result)).toBe('(20002 characters of JSON)');
    expect(plainJson(told[3]?.result)).toBe('(bigint, not JSON)');
  });
});
