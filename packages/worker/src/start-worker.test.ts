import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { FailureClass } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { plainJson } from './json-value.ts';
import type { TaskContext } from './task.ts';
import { TaskAborted, TaskError } from './task-error.ts';
import { sessionOf, until, withWorkers } from './testing/with-workers.ts';

const { server, hire, begun, reports, kinds } = withWorkers();
/** A handler that waits until it is told to stop, and then rejects with the reason. */
const untilAborted = (_task: unknown, { signal }: TaskContext): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a worker', () => {
  it('says who it is, and wants as many tasks as it has places', async () => {
    const scripted = server();
    await hire(await scripted.listen(), {
      handle: () => 1,
      concurrency: 3,
      capabilities: ['triage'],
      name: 'ada',
    });
    const session = await sessionOf(scripted);
    await until(() => expect(session.wanted()).toBe(3));
    expect(session.received[0]).toMatchObject({
      case: 'hello',
      value: {
        ...{ worker: 'ada', agentId: 'shop/production/triage', revision: 'triage-1' },
        ...{ capabilities: ['triage'], held: [] },
      },
    });
  });

  it('does a task, tells of it on the way, and wants another', async () => {
    const scripted = server();
    await hire<{ n: number }>(await scripted.listen(), {
      handle: async ({ input, id, attempt, session }, { progress, output, log, tool, usage, score }) => {
        await progress(0.5, 'half');
        await output('hel');
        await output('lo');
        await log(`${id} ${attempt} ${session}`);
        await usage({ inputTokens: 10, costMicros: 5 });
        await usage({ inputTokens: 1 });
        const twice = await tool('double', () => input.n * 2, { arguments: { n: input.n } });
        score('sure', 0.9);
        return { twice, at: new Date(0) };
      },
    });
    const session = await sessionOf(scripted);
    session.assign('t-1', { n: 21 }, { session: 'talk' });
    await until(() => expect(session.all('complete')).toHaveLength(1));
    const [word] = session.all('complete');
    expect(plainJson(word?.result)).toEqual({ twice: 42, at: '1970-01-01T00:00:00.000Z' });
    expect(word).toMatchObject({ taskId: 't-1', attempt: 1, scores: { sure: 0.9 } });
    expect(word?.usage).toMatchObject({ inputTokens: 11n, outputTokens: 0n, costMicros: 5n });
    const news = session.all('news').map(({ event }) => event?.event);
    const text = news.map((event) => (event?.case === 'output' ? event.value : '')).join('');
    expect(text).toBe('hello');
    expect(news.filter((event) => event?.case !== 'output')).toMatchObject([
      { case: 'progress', value: { part: 0.5, message: 'half' } },
      { case: 'log', value: { level: 'info', message: 't-1 1 talk' } },
      { case: 'usage' },
      { case: 'usage', value: { inputTokens: 11n } },
      { case: 'toolCall', value: { id: '1', tool: 'double', error: '' } },
      { case: 'toolCall', value: { id: '1', tool: 'double', error: '', result: expect.anything() } },
    ]);
    await until(() => expect(session.wanted()).toBe(2));
  });

  it('never has more tasks than places, and gives back what comes beyond', async () => {
    const scripted = server();
    let most = 0;
    let now = 0;
    const gate = Promise.withResolvers<void>();
    await hire(await scripted.listen(), {
      concurrency: 2,
      handle: async () => {
        most = Math.max(most, ++now);
        await gate.promise;
        now--;
      },
    });
    const session = await sessionOf(scripted);
    for (const id of ['a', 'b', 'c']) session.assign(id);
    await until(() => expect(session.all('return').map(({ taskId }) => taskId)).toEqual(['c']));
    session.settle('c');
    gate.resolve();
    await until(() => expect(session.all('complete')).toHaveLength(2));
    expect(most).toBe(2);
    await until(() => expect(session.wanted()).toBe(4));
  });

  it('asks for no more while the server settles nothing', async () => {
    const scripted = server();
    await hire(await scripted.listen(), { concurrency: 2, handle: () => null });
    const session = await sessionOf(scripted);
    for (let n = 0; n < 4; n++) {
      await until(() => expect(session.wanted()).toBeGreaterThan(n));
      session.assign(`t-${n}`);
    }
    await until(() => expect(session.all('complete')).toHaveLength(4));
    expect(session.wanted()).toBe(4);
    session.settle('t-0');
    await until(() => expect(session.wanted()).toBe(5));
  });

  it('sends heartbeats each third of a lease, whatever else happens', async () => {
    const scripted = server((session) => session.welcome(150));
    await hire(await scripted.listen(), { handle: () => null });
    const session = await sessionOf(scripted);
    await until(() => expect(session.all('heartbeat').length).toBeGreaterThan(4));
  });
});

describe('what fails', () => {
  const failing = async (handle: () => unknown, input?: (value: unknown) => unknown) => {
    const scripted = server();
    await hire(await scripted.listen(), { handle, ...(input ? { input } : {}) });
    const session = await sessionOf(scripted);
    session.assign('t-1', 'text');
    await until(() => expect(session.all('fail')).toHaveLength(1));
    return session.all('fail')[0];
  };

  it('is told with the class and the pause that the agent gives it', async () => {
    const word = await failing(() => {
      throw new TaskError('rate-limited', 'the model is busy', { retryAfterMs: 1500 });
    });
    expect(word?.failure).toMatchObject({
      failureClass: FailureClass.RATE_LIMITED,
      message: 'the model is busy',
    });
    expect(word?.retryAfter).toMatchObject({ seconds: 1n, nanos: 500_000_000 });
  });

  it('is a crash when it is anything else, be it an error or not', async () => {
    const odd: [unknown, string][] = [
      [new RangeError('no such table'), 'RangeError: no such table'],
      ['plain words', 'thrown: plain words'],
      [undefined, 'thrown: undefined'],
      [Object.create(null), 'thrown: object'],
    ];
    for (const [thrown, message] of odd) {
      const word = await failing(async () => {
        throw thrown;
      });
      expect(word?.failure).toMatchObject({ failureClass: FailureClass.CRASH, message });
    }
  });

  it('is the input when it cannot be parsed, by a function or by a schema', async () => {
    const refuse = (): never => {
      throw new Error('not a mail');
    };
    const word = await failing(() => 1, refuse);
    expect(word?.failure).toMatchObject({
      failureClass: FailureClass.INPUT,
      message: 'the input is not what this agent takes: not a mail',
    });
    const scripted = server();
    await hire(await scripted.listen(), { handle: () => 1, input: { parse: refuse } });
    const session = await sessionOf(scripted);
    session.assign('t-1');
    await until(() => expect(session.all('fail')[0]?.failure?.failureClass).toBe(FailureClass.INPUT));
  });

  it('is a result that is no JSON', async () => {
    const round: { self?: unknown } = {};
    round.self = round;
    expect((await failing(() => round))?.failure?.message).toContain('the result is not JSON');
    expect((await failing(() => 1n))?.failure?.message).toContain('the result is not JSON');
  });

  it('has the class of its tool', async () => {
    const scripted = server();
    await hire(await scripted.listen(), {
      handle: (_task, { tool }) => tool('lookup', () => Promise.reject(new Error('no order'))),
    });
    const session = await sessionOf(scripted);
    session.assign('t-1');
    await until(() =>
      expect(session.all('fail')[0]?.failure).toMatchObject({
        ...{ failureClass: FailureClass.TOOL, message: 'the tool lookup failed: no order' },
      }),
    );
  });
});

describe('a task that has to stop', () => {
  it('is told so by its signal when it is revoked, and says nothing more', async () => {
    const scripted = server();
    const seen: unknown[] = [];
    await hire(await scripted.listen(), {
      handle: async (task, context) => {
        if (task.id === 'second') return 'done';
        await untilAborted(task, context).catch((thrown: unknown) => {
          seen.push(thrown);
          throw thrown;
        });
      },
    });
    const session = await sessionOf(scripted);
    session.assign('first');
    await until(() => expect(begun).toEqual(['first']));
    session.revoke('first');
    await until(() => expect(session.wanted()).toBe(2));
    expect(seen[0]).toMatchObject({ name: 'AbortError', reason: 'revoked' });
    expect(seen[0]).toBeInstanceOf(TaskAborted);
    session.assign('second');
    await until(() => expect(session.all('complete').map(({ taskId }) => taskId)).toEqual(['second']));
    expect(session.all('fail')).toEqual([]);
  });

  it('is left behind when it does not heed its signal, and what it throws later is reported', async () => {
    const scripted = server();
    const gate = Promise.withResolvers<void>();
    await hire(await scripted.listen(), {
      graceMs: 20,
      handle: async () => {
        await gate.promise;
        throw new Error('too late');
      },
    });
    const session = await sessionOf(scripted);
    session.assign('t-1');
    session.revoke('t-1');
    await until(() => expect(session.wanted()).toBe(2));
    expect(kinds()).toContain('left-behind');
    gate.resolve();
    await until(() =>
      expect(reports.find(({ kind }) => kind === 'thrown-late')).toMatchObject({
        error: { message: 'too late' },
      }),
    );
    expect(session.all('fail')).toEqual([]);
  });

  it('fails with class timeout when its deadline is over, heeded or not', async () => {
    const scripted = server();
    await hire(await scripted.listen(), {
      ...{ concurrency: 2, graceMs: 30 },
      handle: (task, context) =>
        task.id === 'heeds' ? untilAborted(task, context) : new Promise(() => undefined),
    });
    const session = await sessionOf(scripted);
    for (const id of ['heeds', 'deaf'])
      session.assign(id, null, { deadlineAt: timestampFromMs(Date.now() + 50) });
    await until(() => expect(session.all('fail')).toHaveLength(2));
    for (const { failure } of session.all('fail')) expect(failure?.failureClass).toBe(FailureClass.TIMEOUT);
  });

  it('is not stopped by a deadline that is further away than a timer reaches', async () => {
    const scripted = server();
    const gate = Promise.withResolvers<void>();
    await hire(await scripted.listen(), { handle: () => gate.promise });
    const session = await sessionOf(scripted);
    session.assign('t-1', null, { deadlineAt: timestampFromMs(Date.now() + 60 * 24 * 3_600_000) });
    await until(() => expect(session.all('heartbeat').length).toBeGreaterThan(1));
    gate.resolve();
    await until(() => expect(session.all('complete')).toHaveLength(1));
  });

  it('makes room for a later attempt at itself', async () => {
    const scripted = server();
    await hire(await scripted.listen(), {
      concurrency: 2,
      handle: (task, context) => (task.attempt === 1 ? untilAborted(task, context) : 'second time'),
    });
    const session = await sessionOf(scripted);
    session.assign('t-1');
    session.assign('t-1', null, { attempt: 2 });
    await until(() => expect(session.all('complete')).toMatchObject([{ taskId: 't-1', attempt: 2 }]));
    await until(() => expect(session.wanted()).toBe(4));
    expect(session.all('fail')).toEqual([]);
  });
});

describe('a session that breaks', () => {
  it('is followed by another one, in which the worker goes on with what it may', async () => {
    const scripted = server();
    const gate = Promise.withResolvers<void>();
    const aborted: string[] = [];
    await hire(await scripted.listen(), {
      concurrency: 2,
      handle: async ({ id }, { signal }) => {
        signal.addEventListener('abort', () => aborted.push(`${id} ${signal.reason.reason}`));
        await Promise.race([
          gate.promise,
          new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
        ]);
        return id;
      },
    });
    const first = await sessionOf(scripted);
    first.assign('kept');
    first.assign('lost');
    await until(() => expect(begun).toEqual(['kept', 'lost']));
    scripted.whenMet((session) => session.welcome(600, { heldTaskIds: ['kept'] }));
    first.break();
    const second = await sessionOf(scripted, 1);
    await until(() => expect(aborted).toEqual(['lost lost']));
    expect(second.all('hello')[0]?.held).toMatchObject([
      { taskId: 'kept', attempt: 1 },
      { taskId: 'lost', attempt: 1 },
    ]);
    gate.resolve();
    await until(() => expect(second.all('complete').map(({ taskId }) => taskId)).toEqual(['kept']));
    await until(() => expect(second.wanted()).toBe(2));
    expect(kinds()).toEqual(expect.arrayContaining(['welcomed', 'session-lost', 'welcomed']));
  });

  it('does not lose a result that was not settled, and says when it did not count', async () => {
    const scripted = server();
    await hire(await scripted.listen(), { handle: () => 'done' });
    const first = await sessionOf(scripted);
    first.assign('t-1');
    await until(() => expect(first.all('complete')).toHaveLength(1));
    first.refuse();
    const second = await sessionOf(scripted, 1);
    await until(() => expect(second.all('complete')).toHaveLength(1));
    expect(second.all('hello')[0]?.held).toMatchObject([{ taskId: 't-1', attempt: 1 }]);
    second.settle('t-1', 1, false);
    await until(() => expect(reports).toContainEqual({ kind: 'uncounted', taskId: 't-1', attempt: 1 }));
    second.refuse();
    const third = await sessionOf(scripted, 2);
    await until(() => expect(third.wanted()).toBe(1));
    expect(third.all('hello')[0]?.held).toEqual([]);
  });

  it('keeps a result that came while there was no session', async () => {
    const scripted = server();
    const gate = Promise.withResolvers<void>();
    await hire(await scripted.listen(), { handle: () => gate.promise });
    const first = await sessionOf(scripted);
    first.assign('t-1');
    await until(() => expect(begun).toEqual(['t-1']));
    scripted.whenMet(() => undefined);
    first.break();
    const second = await sessionOf(scripted, 1);
    gate.resolve();
    second.welcome(600, { heldTaskIds: ['t-1'] });
    await until(() => expect(second.all('complete')).toHaveLength(1));
  });

  it('is tried again and again until a server is there, or lets the worker in', async () => {
    const scripted = server((session) => session.refuse());
    const url = await scripted.listen();
    const worker = await hire(url, { handle: () => 1 });
    await sessionOf(scripted, 3);
    scripted.whenMet((session) => session.welcome());
    await worker.welcomed;
    await scripted.close();
    const before = kinds().length;
    await until(() => expect(kinds().length).toBeGreaterThan(before + 2));
    const again = server();
    await again.listen(Number(new URL(url).port));
    await until(() => expect(again.sessions[0]?.wanted()).toBe(1));
  });
});

describe('a worker that stops', () => {
  it('finishes what runs, gives back what comes, and leaves', async () => {
    const scripted = server();
    const gate = Promise.withResolvers<string>();
    const worker = await hire(await scripted.listen(), { concurrency: 2, handle: () => gate.promise });
    const session = await sessionOf(scripted);
    session.assign('begun');
    await until(() => expect(begun).toEqual(['begun']));
    const stopped = worker.stop();
    session.assign('late');
    await until(() => expect(session.all('return').map(({ taskId }) => taskId)).toEqual(['late']));
    session.settle('late');
    gate.resolve('finished');
    await until(() => expect(session.all('complete').map(({ taskId }) => taskId)).toEqual(['begun']));
    session.settle('begun');
    await stopped;
    await session.closed.promise;
    expect(session.wanted()).toBe(2);
  });

  it('gives back what does not finish in time', async () => {
    const scripted = server();
    const worker = await hire(await scripted.listen(), {
      ...{ concurrency: 2, graceMs: 30 },
      handle: (task, context) =>
        task.id === 'heeds' ? untilAborted(task, context) : new Promise(() => undefined),
    });
    const session = await sessionOf(scripted);
    session.assign('heeds');
    session.assign('deaf');
    await until(() => expect(begun).toHaveLength(2));
    const stopped = worker.stop(10);
    await until(() => expect(session.all('return').map(({ taskId }) => taskId)).toEqual(['heeds', 'deaf']));
    session.settle('heeds');
    session.settle('deaf');
    await stopped;
    expect(session.all('fail')).toEqual([]);
  });

  it('leaves at once when no server has let it in', async () => {
    const worker = await hire('http://127.0.0.1:1', {
      handle: () => 1,
      backoff: { initialMs: 60_000, maxMs: 60_000 },
    });
    await until(() => expect(kinds()).toContain('session-lost'));
    await worker.stop();
    const scripted = server(() => undefined);
    const waiting = await hire(await scripted.listen(), { handle: () => 1 });
    await sessionOf(scripted);
    await waiting.stop();
  });

  it('does so when the server asks, however long its tasks take', async () => {
    const scripted = server();
    const gate = Promise.withResolvers<void>();
    const worker = await hire(await scripted.listen(), { finishMs: 1, handle: () => gate.promise });
    const session = await sessionOf(scripted);
    session.assign('t-1');
    session.send({ case: 'drain', value: {} });
    await until(() => expect(session.all('heartbeat').length).toBeGreaterThan(1));
    gate.resolve();
    await until(() => expect(session.all('complete')).toHaveLength(1));
    session.settle('t-1');
    await worker.stopped;
    expect(kinds()).toContain('draining');
  });
});

describe('a worker that has something to report', () => {
  it('says that the process was held up when a computation took most of a lease', async () => {
    const scripted = server((session) => session.welcome(150));
    await hire(await scripted.listen(), {
      handle: () => {
        const endMs = performance.now() + 300;
        while (performance.now() < endMs); // Exactly what a handler should not do.
      },
    });
    const session = await sessionOf(scripted);
    session.assign('t-1');
    await until(() => expect(kinds()).toContain('held-up'));
  });

  it('goes on when whoever listens to its reports throws', async () => {
    const scripted = server();
    const warnings: string[] = [];
    const heard = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', heard);
    await hire(await scripted.listen(), {
      handle: () => Promise.reject(new Error('no')),
      report: () => {
        throw new Error('deaf');
      },
    });
    const session = await sessionOf(scripted);
    session.assign('t-1');
    await until(() => expect(session.all('fail')).toHaveLength(1));
    await until(() => expect(warnings.join()).toContain('a report could not be heard: deaf'));
    process.off('warning', heard);
  });
});
