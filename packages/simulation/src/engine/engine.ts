import { commandRollout, requestRollout } from '@sluice/core/rollout/commands.ts';
import { decide } from '@sluice/core/rollout/decide.ts';
import { transition } from '@sluice/core/rollout/transition.ts';

/** The parts of the engine that a world runs on; a test may put a broken one in their place. */
export interface Engine {
  readonly decide: typeof decide;
  readonly transition: typeof transition;
  readonly requestRollout: typeof requestRollout;
  readonly commandRollout: typeof commandRollout;
}

/** The engine as it is released. */
export const REAL_ENGINE: Engine = { decide, transition, requestRollout, commandRollout };
