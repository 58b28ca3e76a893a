import { randomUUID } from 'node:crypto';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { describe, expect, it } from 'vitest';
import type { TokenSeats } from './token-seats.ts';

/** What holds wherever workers find their tokens. */
export function describeTokenSeatsContract(name: string, open: () => TokenSeats): void {
  const anyTrack = () => trackId('fleet', 'test', `agent-${randomUUID().slice(0, 6)}`);

  describe(`where workers find their tokens: ${name}`, () => {
    it('has nothing at first, and then what was written last', async () => {
      const [seats, track] = [open(), anyTrack()];
      expect(await seats.read(track)).toBeNull();
      for (const token of ['slu_one', 'slu_two']) {
        await seats.write(track, token);
        expect(await seats.read(track)).toBe(token);
      }
      expect(await open().read(track)).toBe('slu_two');
    });

    it('keeps tracks apart, also those whose names are alike', async () => {
      const seats = open();
      const tracks = [trackId('a-b', 'c', 'd'), trackId('a', 'b-c', 'd'), trackId('a', 'b', 'c-d')];
      for (const track of tracks) await seats.write(track, `slu_${track}`);
      for (const track of tracks) expect(await seats.read(track)).toBe(`slu_${track}`);
    });

    it('has one of them as a whole when two are written at once', async () => {
      const [seats, track] = [open(), anyTrack()];
      const tokens = ['slu_one', 'slu_two', 'slu_three'];
      await Promise.all(tokens.map((token) => seats.write(track, token)));
      expect(tokens).toContain(await seats.read(track));
    });
  });
}
