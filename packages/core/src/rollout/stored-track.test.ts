import { describe, expect, it } from 'vitest';
import { trackId } from '../kernel/ids.ts';
import { newTrack } from './new-track.ts';
import { readStoredTrack } from './stored-track.ts';
import type { TrackState } from './state.ts';

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
