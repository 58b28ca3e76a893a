import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type ApiObject, timestampOf } from '../objects/api-object.ts';
import type { Resource } from '../objects/resource.ts';
import type { Clock } from './clock.ts';
import type { ObjectAccess } from './object-access.ts';

/** Events of the core. */
export const EVENTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** Something worth telling about an object. */
export interface Happening {
  readonly about: ApiObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Who tells it, such as `kubelet`. */
  readonly component: string;
  readonly host?: string;
}

/**
 * Writes Events the way of Kubernetes' own components: what happens again to the same object raises the count of the
 * event that is there. Writing is best effort, as it is there: nothing waits for it and a refusal changes nothing.
 */
export class EventRecorder {
  readonly #access: ObjectAccess;
  readonly #clock: Clock;
  readonly #written = new Map<string, { name: string; count: number }>();
  #serial = 0;

  constructor(access: ObjectAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  record(happening: Happening): void {
    void this.#write(happening).catch((thrown: unknown) => {
      // The server is away, and whoever reports this will report again.
      if (!(thrown instanceof SluiceError)) throw thrown;
    });
  }

  async #write(happening: Happening): Promise<void> {
    const { about, reason, message } = happening;
    const key = `${about.metadata.uid} ${reason} ${message}`;
    const namespace = about.metadata.namespace ?? 'default';
    const before = this.#written.get(key);
    const time = timestampOf(this.#clock.now());
    if (before !== undefined) {
      before.count += 1;
      const body = { count: before.count, lastTimestamp: time };
      const written = await this.#access.patch(EVENTS, { namespace, name: before.name }, body);
      if (written.ok || written.status !== 404) return;
    }
    // Several events of one object in one millisecond are kept apart by a counter.
    this.#serial += 1;
    const suffix = `${this.#clock.now().toString(16)}${this.#serial.toString(16)}`;
    const name = `${about.metadata.name}.${suffix}`;
    this.#remember(key, name);
    await this.#access.create(EVENTS, { namespace }, eventBody(happening, { name, namespace, time }));
  }

  #remember(key: string, name: string): void {
    this.#written.set(key, { name, count: 1 });
    if (this.#written.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      break;
    }
  }
}

/** As many as the event correlator of Kubernetes keeps. */
const MOST_REMEMBERED = 4096;

function eventBody(
  { about, type, reason, message, component, host }: Happening,
  { name, namespace, time }: { name: string; namespace: string; time: string },
): object {
  const { uid, resourceVersion } = about.metadata;
  const involved = about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      ...involved,
      uid,
      resourceVersion,
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component, ...(host === undefined ? {} : { host }) },
    reportingComponent: component,
    reportingInstance: host ?? '',
  };
}
