import type { MemoryPlaceWish } from '@sluice/protocol/http/memory-calls.ts';
import type { Command } from 'commander';

/** Whose memory a command means. */
export interface PlaceOptions {
  readonly agent?: string;
  readonly session?: string;
}

/** Adds the ways to say whose memory is meant. */
export const withPlace = (command: Command): Command =>
  command
    .option('-a, --agent <track>', 'the memory of this agent: application/environment/component')
    .option('-s, --session <name>', 'the memory of a session of the agent');

/** Whose memory is meant: of the tenant where nothing was said. */
export const placeIn = ({ agent, session }: PlaceOptions): MemoryPlaceWish => ({ track: agent, session });
