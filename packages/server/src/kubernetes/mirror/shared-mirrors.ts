import type { Mirror, ObjectSelection } from '../cluster-client.ts';
import { ObjectMirror, type MirrorParts } from './object-mirror.ts';

/** Gives everybody who asks for the same selection the same mirror, and closes it after the last has released it. */
export class SharedMirrors {
  readonly #shared: Omit<MirrorParts, 'selection'>;
  readonly #open = new Map<string, { readonly mirror: ObjectMirror; users: number }>();

  constructor(shared: Omit<MirrorParts, 'selection'>) {
    this.#shared = shared;
  }

  use(selection: ObjectSelection): { readonly mirror: Mirror; release(): void } {
    const { apiVersion, kind, namespace, labels } = selection;
    const key = JSON.stringify([apiVersion, kind, namespace, labels]);
    const entry = this.#open.get(key) ?? {
      mirror: new ObjectMirror({ ...this.#shared, selection }),
      users: 0,
    };
    this.#open.set(key, entry);
    entry.users += 1;
    let released = false;
    return {
      mirror: entry.mirror,
      release: () => {
        if (released) return;
        released = true;
        entry.users -= 1;
        if (entry.users > 0) return;
        // After a close of all there may be another one under this key.
        if (this.#open.get(key) === entry) this.#open.delete(key);
        entry.mirror.close();
      },
    };
  }

  close(): void {
    for (const { mirror } of this.#open.values()) mirror.close();
    this.#open.clear();
  }
}
