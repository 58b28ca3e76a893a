import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  type TaskEvent,
  TaskEventSchema,
  TaskLogSchema,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import type { WorkRequest } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { Outbox } from './outbox.ts';
import { newsRequest, returnRequest } from './work-requests.ts';

const NAME = { taskId: 't-1', attempt: 1 };
const OPEN = new AbortController().signal;
const event = (of: TaskEvent['event']): WorkRequest =>
  newsRequest(NAME, create(TaskEventSchema, { event: of }));
const line = (message: string): WorkRequest =>
  event({ case: 'log', value: create(TaskLogSchema, { message }) });
const text = (value: string): WorkRequest => event({ case: 'output', value });

/** What can be read without waiting. */
async function readAll(box: Outbox): Promise<readonly WorkRequest['message'][]> {
  box.close();
  const read: WorkRequest['message'][] = [];
  for (let next = await box.next(OPEN); next !== null; next = await box.next(OPEN)) read.push(next.message);
  return read;
}
const linesOf = (read: readonly WorkRequest['message'][]): readonly unknown[] =>
  read.flatMap((message) => {
    const told = message.case === 'news' ? message.value.event?.event : undefined;
    if (told?.case === 'log') return [told.value.message];
    return told?.case === 'output' ? [told.value] : [];
  });

describe('an outbox', () => {
  it('gives messages in the order in which they came, to whoever waits', async () => {
    const box = new Outbox({ events: 10, size: 1_000 }, () => undefined);
    const waiting = box.next(OPEN);
    void box.tell(line('one'), 3);
    box.send(returnRequest(NAME));
    expect((await waiting)?.message.case).toBe('news');
    expect((await readAll(box)).map((message) => message.case)).toEqual(['return']);
  });

  it('joins wishes for tasks, and has one heartbeat at a time', async () => {
    const box = new Outbox({ events: 10, size: 1_000 }, () => undefined);
    box.want(2);
    box.beat();
    box.want(3);
    box.beat();
    expect(await readAll(box)).toMatchObject([{ case: 'want', value: { more: 5 } }, { case: 'heartbeat' }]);
  });

  it('joins text while it waits, but not across something else', async () => {
    const box = new Outbox({ events: 10, size: 1_000 }, () => undefined);
    for (const piece of ['a', 'b', 'c']) void box.tell(text(piece), 1);
    void box.tell(line('between'), 7);
    void box.tell(text('d'), 1);
    expect(linesOf(await readAll(box))).toEqual(['abc', 'between', 'd']);
  });

  it('asks to wait when it is full, leaves out what comes all the same, and says how much that was', async () => {
    const leftOut: number[] = [];
    const box = new Outbox({ events: 2, size: 1_000 }, (count) => leftOut.push(count));
    const told: string[] = [];
    for (const message of ['1', '2', '3', '4', '5', '6'])
      void box.tell(line(message), 1).then(() => told.push(message));
    await Promise.resolve();
    expect(told).toEqual(['1']);
    for (let n = 0; n < 3; n++) await box.next(OPEN);
    void box.tell(line('7'), 1);
    expect(leftOut).toEqual([2]);
    expect(linesOf(await readAll(box))).toEqual(['4', '7']);
    expect(told).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('is full by size as well, however the text came', async () => {
    const box = new Outbox({ events: 100, size: 10 }, () => undefined);
    await box.tell(text('12345'), 5);
    let hasRoom = false;
    const second = box.tell(text('67890'), 5).then(() => {
      hasRoom = true;
    });
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    await box.next(OPEN);
    await second;
    await box.tell(text('x'), 1);
  });

  it('keeps news for the next session, and nothing else', async () => {
    const box = new Outbox({ events: 10, size: 1_000 }, () => undefined);
    box.want(1);
    void box.tell(line('kept'), 4);
    box.send(returnRequest(NAME));
    box.restart();
    expect(linesOf(await readAll(box))).toEqual(['kept']);
  });

  it('lets a reader go whose session is over, and loses nothing by that', async () => {
    const box = new Outbox({ events: 10, size: 1_000 }, () => undefined);
    const first = new AbortController();
    const waiting = box.next(first.signal);
    first.abort();
    expect(await waiting).toBeNull();
    box.want(1);
    expect((await box.next(OPEN))?.message.case).toBe('want');
  });
});
