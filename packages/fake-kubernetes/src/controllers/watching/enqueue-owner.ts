import { type ApiObject, controllerOf } from '../objects/api-object.ts';
import type { ControlLoop } from './control-loop.ts';
import type { ChangeListener } from './informer.ts';

/** Gives a turn to the manager of whatever changed, and to the one that it had before. */
export function enqueueOwner(loop: ControlLoop, kind: string): ChangeListener<ApiObject> {
  const add = (object: ApiObject | undefined): void => {
    const manager = object && controllerOf(object);
    if (manager?.kind === kind) loop.add(`${object?.metadata.namespace ?? ''}/${manager.name}`);
  };
  return (now, before) => {
    add(now);
    if (now === undefined || controllerOf(now)?.uid !== (before && controllerOf(before))?.uid) add(before);
  };
}
