import type { Clock } from './clock.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Informers } from './informers.ts';
import type { ObjectAccess } from './object-access.ts';

/** What every controller is given. */
export interface ControllerTools {
  readonly informers: Informers;
  readonly clock: Clock;
  readonly events: EventRecorder;
  /** Writes under the name of a component, which the server keeps as the manager of the fields. */
  accessAs(component: string): ObjectAccess;
}

/** A controller at work; `stop` resolves when its last turn has ended. */
export interface Controller {
  stop(): Promise<void>;
}
