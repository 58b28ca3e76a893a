import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { ControlPlaneRig, accepted } from '../../rollouts/testing/control-plane-rig.ts';
import { TENANT, WEB } from '../../store/testing/track-fixtures.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { traceCursor } from '../../store/tracing/trace-cursor.ts';
import { createLog } from '../log.ts';
import { type OtlpReceiver, otlpReceiver } from './testing/otlp-receiver.ts';
import { otlpTracing } from './otlp-sender.ts';
import { traceMeasurements } from './trace-measurements.ts';
import { parseTraceParent } from './trace-context.ts';
import { sendUnsent, traceRollouts, type TracingDuty } from './trace-rollouts.ts';
import type { Sampling } from './trace-settings.ts';

const database = withDatabase();
const KEEP_ALL: Sampling = { isParentBased: true, ratio: 1 };
const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
let rig: ControlPlaneRig;
let receiver: OtlpReceiver;

beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
  receiver = await otlpReceiver();
});
afterEach(async () => {
  await rig.close();
  await receiver.close();
});

/** What one server would do, and what it counted and logged. */
function serverOf(sampling = KEEP_ALL) {
  const exporter = new OTLPTraceExporter({ url: `${receiver.url}/v1/traces`, timeoutMillis: 2_000 });
  const { sender, close } = otlpTracing(sampling, { version: '1.2.3', exporter });
  onTestFinished(close);
  const counts = { sent: 0, failed: 0, refused: 0 };
  const lines: string[] = [];
  const ending = new AbortController();
  const duty: TracingDuty = {
    ...{ db: database.db, tenant: TENANT, holder: `server ${Math.random()}`, sender },
    log: createLog({ destination: { write: (line: string) => void lines.push(line) } }),
    counted: (outcome, spans) => (counts[outcome] += spans),
    wait: () => new Promise((resolve) => setImmediate(resolve)),
    signal: ending.signal,
  };
  return { duty, counts, lines, ending };
}

const names = () => receiver.spans.map(({ name }) => name);
const distinct = () => new Set(receiver.spans.map(({ spanId }) => spanId));

describe('traces of rollouts', () => {
  it('arrive as OTLP, in the trace of whoever asked for the release', async () => {
    const { duty, counts } = serverOf();
    await sendUnsent(duty);
    rig.trace = CALLER;
    await rig.stable('v1');
    expect(await sendUnsent(duty)).toBeNull();
    expect(receiver.faults).toEqual([]);
    expect(counts).toEqual({ sent: receiver.spans.length, failed: 0, refused: 0 });
    expect(names()).toContain('rollout shop/production/web');
    expect(receiver.resource).toMatchObject({ 'service.name': 'sluice', 'service.version': '1.2.3' });
    const caller = parseTraceParent(CALLER);
    for (const { traceId } of receiver.spans) expect(traceId).toBe(caller?.traceId);
    const [root] = receiver.spans.filter(({ parentSpanId }) => parentSpanId === caller?.spanId);
    expect(root?.name).toBe('rollout shop/production/web');
    expect(Number(root?.endTimeUnixNano) / 1e6).toBeLessThanOrEqual(rig.now);
  });

  it('each have an id of their own where nobody brings one', async () => {
    const { duty } = serverOf();
    await sendUnsent(duty);
    await rig.stable('v1');
    await rig.stable('v2');
    await sendUnsent(duty);
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(2);
  });

  it('go on with another server where the first was killed, and nothing is there twice or missing', async () => {
    const [first, second, whole] = [serverOf(), serverOf(), serverOf()];
    await sendUnsent(first.duty);
    accepted(await rig.release({ version: 'v1', components: ['web'] }));
    await rig.look();
    await sendUnsent(first.duty);
    const before = distinct().size;
    // Killed between the arrival of spans and the note of it.
    const { db } = database;
    await rig.look();
    await sendUnsent(first.duty);
    await db.updateTable('trace_cursors').set({ last_sequence: before }).execute();
    await rig.settle();
    await sendUnsent(second.duty);
    const inParts = distinct();
    receiver.spans.length = 0;
    await db.updateTable('trace_cursors').set({ last_sequence: 0 }).execute();
    await sendUnsent(whole.duty);
    expect(distinct()).toEqual(inParts);
    expect(receiver.spans).toHaveLength(inParts.size);
  });

  it('wait for a collector that is away, and are said to wait once', async () => {
    const { duty, counts, lines, ending } = serverOf();
    await sendUnsent(duty);
    receiver.status = 401;
    await rig.stable('v1');
    const begun = await traceCursor(database.db, TENANT);
    const waits: number[] = [];
    const looping = traceRollouts({
      ...duty,
      wait: async (ms) => {
        waits.push(ms);
        if (waits.length === 3) receiver.status = 200;
        await duty.wait(ms);
      },
    });
    await receiver.received(1);
    const arrived = receiver.spans.length;
    ending.abort();
    await looping;
    expect(waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 1_000]);
    expect(counts).toMatchObject({ failed: arrived * 3, sent: arrived });
    expect(lines.filter((line) => line.includes('traces were not sent'))).toHaveLength(1);
    expect(lines.join()).toContain('traces are sent again');
    expect(await traceCursor(database.db, TENANT)).toBeGreaterThan(begun);
  });

  it('that a collector will never take are left out, and do not hold up what comes after', async () => {
    const { duty, counts, lines } = serverOf();
    await sendUnsent(duty);
    receiver.status = 400;
    await rig.stable('v1');
    expect(await sendUnsent(duty)).toBeNull();
    expect(counts.refused).toBeGreaterThan(0);
    expect(lines.join()).toContain('they are left out');
    receiver.status = 200;
    await rig.stable('v2');
    await sendUnsent(duty);
    expect(names()).toContain('rollout shop/production/web');
  });

  it('are not sent when the caller does not keep its own', async () => {
    const { duty } = serverOf();
    await sendUnsent(duty);
    rig.trace = CALLER.replace(/01$/, '00');
    await rig.stable('v1');
    await sendUnsent(duty);
    expect(receiver.spans).toEqual([]);
    const { duty: everything } = serverOf({ isParentBased: false, ratio: 1 });
    await database.db.updateTable('trace_cursors').set({ last_sequence: 0 }).execute();
    await sendUnsent(everything);
    expect(names()).toContain('rollout shop/production/web');
  });

  it('have a span for each measurement, within the step that it was made in', async () => {
    const { duty } = serverOf();
    await sendUnsent(duty);
    await rig.stable('v1');
    await rig.write('web', 'v2');
    const [begun] = accepted(await rig.release({ version: 'v2', components: ['web'] })).rollouts;
    for (let look = 0; look < 6; look++) await rig.look();
    const { db } = database;
    const tell = traceMeasurements({ ...duty, db });
    const times = { dueAt: rig.now, startedAt: rig.now, finishedAt: rig.now + 40 };
    const measured = { outcome: 'success', value: '0.2', message: '0.2 is below 1' } as const;
    const before = receiver.spans.length;
    tell({ track: WEB, key: begun?.rollout?.id ?? '', name: 'errors', ...times, ...measured });
    tell({ track: WEB, key: 'ro-unknown', name: 'errors', ...times, ...measured });
    await receiver.received(before + 1);
    const span = receiver.spans.find(({ name }) => name === 'measure errors');
    await rig.settle();
    await sendUnsent(duty);
    const step = receiver.spans.find(({ spanId }) => spanId === span?.parentSpanId);
    expect(step?.name).toMatch(/^step \d+: judge$/);
    expect(step?.traceId).toBe(span?.traceId);
    expect(receiver.faults).toEqual([]);
  });

  it('of what was before anybody wanted them are not sent', async () => {
    await rig.stable('v1');
    const { duty } = serverOf();
    await sendUnsent(duty);
    expect(receiver.spans).toEqual([]);
  });

  it('of another tenant are not sent with ours', async () => {
    const { duty } = serverOf();
    await sendUnsent({ ...duty, tenant: 'other' });
    await rig.stable('v1');
    await sendUnsent({ ...duty, tenant: 'other' });
    expect(receiver.spans).toEqual([]);
  });
});
