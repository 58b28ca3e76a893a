import { describe, expect, it } from 'vitest';
import { assert } from '../kernel/assert.ts';
import { trackId } from '../kernel/ids.ts';
import { newTrack } from './new-track.ts';
import { readStoredTrack } from './stored-track.ts';
import type { TrackState } from './state.ts';
import { idOf, stableWorld } from './testing/tame-world.ts';

interface Stored {
  readonly active: {
    readonly evidence: {
      readonly judge: Record<string, unknown>;
      readonly baseline: Record<string, unknown>;
    };
  };
}

const id = trackId('shop', 'local', 'web');

describe('a stored track', () => {
  it('comes back as it was stored, through JSON', () => {
    const stored = JSON.parse(JSON.stringify({ ...newTrack(id), nextNumber: 7 })) as unknown;
    expect(readStoredTrack(id, stored, 12)).toEqual({
      ok: true,
      value: { ...newTrack(id), nextNumber: 7, version: 12 },
    });
  });

  it('of an older build gets what that build did not know yet from a new track', () => {
    const { splitGeneration: _later, ...older } = newTrack(id);
    const read = readStoredTrack(id, older, 3);
    expect(read.ok && read.value.splitGeneration).toBe(0);
  });

  it('of an older build goes on judging by what that build knew', () => {
    const world = stableWorld('v1');
    world.errorRates[idOf('v2')] = 0.04;
    world.release('v2');
    world.reach('running', 'judge');
    world.look();
    const stored = JSON.parse(JSON.stringify(world.track)) as Stored;
    const { judge, baseline } = stored.active.evidence;
    const events = judge['counts'];
    for (const later of ['stableLatency', 'errorTicks']) delete judge[later];
    delete (judge['spec'] as Record<string, unknown>)['latencyToleranceMs'];
    for (const known of [baseline, judge['baseline'] as Record<string, unknown>]) {
      known['latencyThresholdsMs'] = [100];
      delete known['latencySpreads'];
    }
    judge['latency'] = [{ bets: [0], pending: null, pendingSince: null }];
    const read = readStoredTrack(world.track.id, stored, world.track.version);
    assert(read.ok, 'an older track is read');
    expect(read.value.active?.evidence?.judge.counts).toEqual(events);
    world.track = read.value;
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'judge' } });
  });

  it('of an older build measures nothing that its plan does not know', () => {
    const world = stableWorld('v1');
    world.release('v2');
    const stored = JSON.parse(
      JSON.stringify(world.track, (key, value: unknown) => (key === 'measurements' ? undefined : value)),
    ) as unknown;
    const read = readStoredTrack(world.track.id, stored, world.track.version);
    expect(read).toEqual({ ok: true, value: world.track });
  });

  it('of a newer build is refused, and the refusal names what is unknown', () => {
    const rollout = {
      phase: { name: 'teleporting' },
      plan: { steps: [] },
    } as unknown as TrackState['active'];
    const read = readStoredTrack(id, { ...newTrack(id), active: rollout }, 3);
    expect(!read.ok && read.refusal.message).toContain('teleporting');
    const stepped = {
      phase: { name: 'queued' },
      plan: { steps: [{ kind: 'levitate' }] },
    } as unknown as TrackState['queue'][number];
    const queued = readStoredTrack(id, { ...newTrack(id), queue: [stepped] }, 3);
    expect(!queued.ok && queued.refusal.message).toContain('levitate');
  });
});
