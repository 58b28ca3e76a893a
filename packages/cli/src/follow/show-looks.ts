import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { CommandContext } from '../command-context.ts';
import { livePrinter } from '../output/live-printer.ts';
import { isLive } from '../output/style.ts';
import { nothingTold, type TellingOptions, type Told, trackChanges } from '../output/track-changes.ts';
import { trackFrame } from '../output/track-frame.ts';
import type { Look } from './look-at-tracks.ts';

/** Shows looks as they come: redrawn for a person at a terminal, as plain lines of changes for everybody else. */
export interface LookShow {
  show(look: Look): void;
  /** Lines that stay, in between. */
  remark(lines: readonly string[]): void;
  end(): void;
  /** What stands in lines that stay. */
  readonly told: Told;
}

/**
 * Chooses how looks are shown. With `--json` progress goes to nobody: the one document comes at the end.
 *
 * @param withoutEnds the ends of rollouts are told by the caller
 */
export function lookShow(context: CommandContext, { withoutEnds = false } = {}): LookShow {
  if (context.json) return { show: () => {}, remark: () => {}, end: () => {}, told: nothingTold() };
  return isLive(context.world) ? liveShow(context) : plainShow(context, withoutEnds);
}

function liveShow(context: CommandContext): LookShow {
  const { world, style } = context;
  const printer = livePrinter(world.stdout, style.symbols.more);
  return {
    show: ({ tracks, trouble }) => {
      // The last column stays free: writing into it wraps on some terminals.
      const { columns, ...rest } = context.space();
      // One row is left for the cursor; of several tracks, the frames are cut where the terminal ends.
      const rows = world.stdout.size().rows - (trouble ? 2 : 1);
      const space = { ...rest, columns: columns - 1, ...(tracks.length === 1 && rows > 0 ? { rows } : {}) };
      const frames = tracks.map((track, at) => [...(at > 0 ? [''] : []), ...trackFrame(track, space)]);
      const warning = trouble ? [style.paint('warn', `${style.symbols.held} ${trouble.detail}`)] : [];
      printer.draw([...frames.flat(), ...warning]);
    },
    remark: (lines) => printer.keep(lines),
    end: () => printer.end(),
    told: nothingTold(),
  };
}

function plainShow({ print, style }: CommandContext, withoutEnds: boolean): LookShow {
  const options: TellingOptions = { style, told: nothingTold(), withoutEnds };
  const before = new Map<string, TrackView>();
  let troubled = false;
  return {
    show: ({ tracks, trouble }) => {
      const lines = tracks.flatMap((track) => trackChanges(before.get(track.id), track, options));
      for (const track of tracks) before.set(track.id, track);
      if (trouble && !troubled) lines.push(trouble.detail);
      if (!trouble && troubled) lines.push('The control plane answers again.');
      troubled = trouble !== null;
      if (lines.length > 0) print(lines);
    },
    remark: (lines) => print(lines),
    end: () => {},
    told: options.told,
  };
}
