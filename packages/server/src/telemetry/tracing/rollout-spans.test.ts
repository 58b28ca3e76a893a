import { describe, expect, it } from 'vitest';
import { rolloutId } from '@sluice/core/kernel/ids.ts';
import { isTransient } from '@sluice/core/rollout/events.ts';
import { TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { rolloutSpans, type SequencedEvent } from './rollout-spans.ts';
import type { EndedSpan } from './span-book.ts';

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** A world in which v1 is stable, and what came after. */
function worldWithStable(): { readonly world: TameWorld; readonly since: () => SequencedEvent[] } {
  const world = new TameWorld();
  world.release('v1');
  world.settle();
  const begun = world.facts.length;
  return {
    world,
    since: () =>
      world.facts
        .slice(begun)
        .filter((event) => !isTransient(event))
        .map((event, index) => ({ sequence: 100 + index, event })),
  };
}

const spansOf = ({ world, since }: ReturnType<typeof worldWithStable>) =>
  rolloutSpans(world.track.id, since());
const rootOf = (spans: readonly EndedSpan[]) => spans.find(({ parentSpanId }) => parentSpanId === null);

/** Each span below the one that it is a part of. */
function outline(spans: readonly EndedSpan[]): readonly string[] {
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(({ parentSpanId }) => (parentSpanId ?? undefined) === parent)
      .toSorted((a, b) => a.startedAt - b.startedAt || a.endedBy - b.endedBy)
      .flatMap(({ name, context }) => [`${'  '.repeat(depth)}${name}`, ...below(context.spanId, depth + 1)]);
  return below(undefined, 0);
}

describe('the spans of a rollout', () => {
  it('that went well are its steps, and in them what was ordered', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.settle();
    const spans = spansOf(rig);
    const root = rootOf(spans);
    expect(root).toMatchObject({
      name: 'rollout shop/production/web',
      error: null,
      attributes: {
        'deployment.name': 'shop/production/web',
        'deployment.environment.name': 'production',
        'service.version': 'v2',
        'deployment.status': 'succeeded',
      },
    });
    expect(outline(spans)).toEqual([
      'rollout shop/production/web',
      '  wait in line',
      '  prepare',
      '  step 1: provision',
      '    order instances',
      '  step 2: verify',
      '    check smoke',
      '  step 3: shift',
      '    order split',
      '  step 4: judge',
      '  step 5: provision',
      '    order instances',
      '  step 6: shift',
      '    order split',
      '  step 7: judge',
      '  step 8: provision',
      '    order instances',
      '  step 9: switch',
      '    order split',
      '  step 10: retire',
      '  promote',
    ]);
    const [requested] = rig.since();
    expect(root?.startedAt).toBe(requested?.event.at);
    expect(new Set(spans.map(({ context }) => context.spanId)).size).toBe(spans.length);
    expect(new Set(spans.map(({ context }) => context.traceId)).size).toBe(1);
    for (const span of spans) expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt);
  });

  it('that was taken back say why, and it is an error', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.reach('running', 'judge');
    const candidate = rig.world.track.active?.candidate ?? '';
    rig.world.errorRates[candidate] = 0.5;
    rig.world.settle();
    const spans = spansOf(rig);
    const rollback = spans.find(({ name }) => name.startsWith('roll back'));
    expect(rollback?.attributes).toMatchObject({ 'sluice.verdict': 'fail' });
    expect(rootOf(spans)).toMatchObject({
      error: expect.any(String),
      attributes: { 'deployment.status': 'failed', 'sluice.outcome': 'rolled-back' },
    });
    expect(rootOf(spans)?.moments.map(({ name }) => name)).toContain('rollbackBegun');
  });

  it('that a person ended are no error', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.reach('running', 'judge');
    rig.world.command('pause');
    rig.world.look();
    rig.world.command('abort');
    rig.world.settle();
    const spans = spansOf(rig);
    expect(spans.find(({ name }) => name === 'hold: paused')).toBeDefined();
    expect(rootOf(spans)).toMatchObject({ error: null, attributes: { 'sluice.reason': 'aborted' } });
  });

  it('stand in the trace of whoever asked, under the span that asked', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.settle();
    const events = rig.since().map(({ sequence, event }) => ({
      sequence,
      event: event.kind === 'rolloutRequested' ? { ...event, trace: CALLER } : event,
    }));
    const spans = rolloutSpans(rig.world.track.id, events);
    const remote = spans.filter(({ isParentRemote }) => isParentRemote);
    expect(remote).toMatchObject([{ parentSpanId: '00f067aa0ba902b7', name: 'rollout shop/production/web' }]);
    for (const { context, isTraceGiven } of spans) {
      expect(context).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', isSampled: true });
      expect(isTraceGiven).toBe(true);
    }
  });

  it('are the same whoever makes them, and however far they have been made before', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.settle();
    const events = rig.since();
    const whole = rolloutSpans(rig.world.track.id, events);
    const inParts = events.flatMap((_, index) =>
      rolloutSpans(rig.world.track.id, events.slice(0, index + 1)).filter(
        ({ endedBy }) => endedBy === events[index]?.sequence,
      ),
    );
    expect(inParts.toSorted(bySpan)).toEqual(whole.toSorted(bySpan));
  });

  it('say what kept it from going on, and who voted', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.settle();
    const events = rig.since().map(({ event }) => event);
    const planned = events.findIndex(({ kind }) => kind === 'rolloutPlanned');
    const { at } = events[planned] ?? expect.fail('it was never planned');
    const gate = { kind: 'approval', words: 'one more approval', opensAt: null } as const;
    const closed = { kind: 'gatesClosed', at, key: 'a', gates: [gate] } as const;
    const broken = {
      kind: 'glassBroken',
      at,
      id: rolloutId('ro-2'),
      by: 'ada',
      reason: 'an outage',
    } as const;
    events.splice(planned + 1, 0, closed, broken, { kind: 'gatesOpened', at: at + 500 });
    const spans = rolloutSpans(
      rig.world.track.id,
      events.map((event, index) => ({ sequence: index + 1, event })),
    );
    expect(spans.find(({ name }) => name === 'gates: approval')).toMatchObject({
      ...{ startedAt: at, endedAt: at + 500 },
      attributes: { 'sluice.detail': expect.stringContaining('one more approval') },
    });
    expect(
      rootOf(spans)
        ?.moments.map(({ words }) => words)
        .join(),
    ).toContain('an outage');
  });

  it('of one that was dropped from the queue end with it', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.look();
    rig.world.release('v3', { arrival: 'queue' });
    rig.world.release('v4', { arrival: 'supersede' });
    const mine = rig.since().filter(({ event }) => 'id' in event && event.id === rolloutId('ro-3'));
    expect(outline(rolloutSpans(rig.world.track.id, mine))).toEqual([
      'rollout shop/production/web',
      '  wait in line',
    ]);
  });

  it('are none where the request is not among the events', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.settle();
    expect(rolloutSpans(rig.world.track.id, rig.since().slice(1))).toEqual([]);
  });

  it('end no earlier than they began when the clocks of two servers differ', () => {
    const rig = worldWithStable();
    rig.world.release('v2');
    rig.world.settle();
    const skewed = rig.since().map(({ sequence, event }, index) => ({
      sequence,
      event: { ...event, at: event.at - index * 60_000 },
    }));
    for (const span of rolloutSpans(rig.world.track.id, skewed))
      expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt);
  });
});

const bySpan = (a: EndedSpan, b: EndedSpan): number => (a.context.spanId < b.context.spanId ? -1 : 1);
