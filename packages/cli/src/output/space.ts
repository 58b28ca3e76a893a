import type { World } from '../world.ts';
import { type Style, styleOf } from './style.ts';

/** What output is laid out for. */
export interface Space {
  /** Width; infinite where nobody looks on, so that nothing is cut for a program. */
  readonly columns: number;
  /** Height, where only so many lines can be seen; infinite where what does not fit scrolls away. */
  readonly rows?: number;
  /** Milliseconds since the epoch, for how long something has taken. */
  readonly now: number;
  readonly style: Style;
}

/** Width that is laid out for when a terminal does not tell its own. */
const USUAL_COLUMNS = 80;

/** The space there is on stdout at this moment. */
export function spaceOf(world: Pick<World, 'stdout' | 'environment' | 'now'>): Space {
  const { stdout } = world;
  const columns = stdout.isTerminal ? stdout.size().columns || USUAL_COLUMNS : Infinity;
  return { columns, now: world.now(), style: styleOf(world) };
}
