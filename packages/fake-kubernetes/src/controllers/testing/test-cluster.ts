import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiAnswer } from '../../api/api-caller.ts';
import {
  type WholeCluster,
  type WholeClusterOptions,
  fakeClusterWithNodes,
} from '../fake-cluster-with-nodes.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { Pod, PodSpec } from '../objects/pod.ts';
import { PODS, type Resource, apiVersionOf, pathOf } from '../objects/resource.ts';
import { fasterClock } from '../watching/clock.ts';

/** A whole cluster in which time runs faster, with what tests say of it in one line. */
export class TestCluster {
  readonly whole: WholeCluster;

  private constructor(whole: WholeCluster) {
    this.whole = whole;
  }

  /** Time runs ten times faster unless said otherwise. */
  static async start(options: WholeClusterOptions = {}, faster = 10): Promise<TestCluster> {
    const clock = fasterClock(faster);
    const whole = await fakeClusterWithNodes({
      cluster: { ...options.cluster, now: () => clock.now() },
      controllers: { clock, ...options.controllers },
      nodes: { clock, ...options.nodes },
    });
    return new TestCluster(whole);
  }

  close(): Promise<void> {
    return this.whole.close();
  }

  async create<T extends ApiObject>(resource: Resource<T>, name: string, body: object): Promise<T> {
    const answer = await this.whole.caller.send({
      method: 'POST',
      path: pathOf(resource, { namespace: 'default' }),
      body: { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name }, ...body },
    });
    return this.#seen(resource, bodyOf<T>(answer));
  }

  async merge<T extends ApiObject>(resource: Resource<T>, name: string, body: object): Promise<T> {
    const answer = await this.whole.caller.send({
      method: 'PATCH',
      path: pathOf(resource, { namespace: 'default', name }),
      headers: { 'content-type': 'application/merge-patch+json' },
      body,
    });
    return this.#seen(resource, bodyOf<T>(answer));
  }

  /** What a test wrote is in the copies at once, so that waiting for its end does not end before it is there. */
  #seen<T extends ApiObject>(resource: Resource<T>, object: T): T {
    this.whole.controllers.informers.of(resource).accept(object);
    return object;
  }

  async remove(resource: Resource, name: string, options: object = {}): Promise<void> {
    const path = pathOf(resource, { namespace: 'default', name });
    bodyOf(await this.whole.caller.send({ method: 'DELETE', path, body: options }));
  }

  /** Resolves with the objects of a kind in the namespace `default` as soon as they are as wanted. */
  until<T extends ApiObject>(
    resource: Resource<T>,
    wanted: (objects: readonly T[]) => boolean,
  ): Promise<readonly T[]> {
    const informer = this.whole.controllers.informers.of(resource);
    return new Promise((resolve, reject) => {
      let end = (): void => undefined;
      const now = (): readonly T[] =>
        [...informer.all()].filter(({ metadata }) => (metadata.namespace ?? 'default') === 'default');
      const deadline = setTimeout(() => {
        end();
        const message = `it did not come true: ${wanted.toString()} of ${JSON.stringify(now())}`;
        reject(new SluiceError('timed-out', message, { next: 'stop' }));
      }, PATIENCE_MS);
      const look = (): void => {
        const objects = now();
        if (!wanted(objects)) return;
        clearTimeout(deadline);
        end();
        resolve(objects);
      };
      end = informer.onChange(look);
      look();
    });
  }

  /** Resolves with one object of the namespace `default` as soon as it is as wanted. */
  async untilOne<T extends ApiObject>(
    resource: Resource<T>,
    name: string,
    wanted: (object: T) => boolean,
  ): Promise<T> {
    const named = (objects: readonly T[]): T | undefined =>
      objects.find(({ metadata }) => metadata.name === name);
    const objects = await this.until(resource, (all) => {
      const object = named(all);
      return object !== undefined && wanted(object);
    });
    return named(objects) as T;
  }

  pods(wanted: (pods: readonly Pod[]) => boolean): Promise<readonly Pod[]> {
    return this.until(PODS, wanted);
  }
}

const PATIENCE_MS = 15_000;

function bodyOf<T>({ status, body }: ApiAnswer): T {
  if (status < 300) return body as T;
  throw new SluiceError('invalid-input', `${status} ${JSON.stringify(body)}`, { next: 'stop' });
}

/** A template of one container, with the labels `app: <app>`. */
export function templateOf(
  app: string,
  {
    image = 'registry.test/web:v1',
    annotations,
    spec,
  }: {
    readonly image?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly spec?: Partial<PodSpec>;
  } = {},
): { readonly metadata: object; readonly spec: PodSpec } {
  return {
    metadata: { labels: { app }, ...(annotations === undefined ? {} : { annotations }) },
    spec: { containers: [{ name: 'web', image }], ...spec },
  };
}
