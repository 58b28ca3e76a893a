import type { WorkerHello } from '@sluice/server/tasks/worker-hello.ts';
import { WorkerBoard } from '@sluice/server/tasks/worker-board.ts';
import type { TaskWatch } from './task-watch.ts';

type Name = Parameters<WorkerBoard['joined']>[0];

/** A board that tells a watch whenever it leaves a worker out. */
export class WatchedBoard extends WorkerBoard {
  readonly #watch: Pick<TaskWatch, 'leftOut'>;
  readonly #here = new Map<string, { readonly hello: Name; sessions: number }>();

  constructor(now: () => number, watch: Pick<TaskWatch, 'leftOut'>) {
    super(now);
    this.#watch = watch;
  }

  override joined(hello: Name): void {
    super.joined(hello);
    const key = `${hello.revision} ${hello.worker}`;
    const here = this.#here.get(key) ?? { hello, sessions: 0 };
    here.sessions += 1;
    this.#here.set(key, here);
  }

  override left(hello: Name): void {
    super.left(hello);
    const key = `${hello.revision} ${hello.worker}`;
    const here = this.#here.get(key);
    if (here && --here.sessions === 0) this.#here.delete(key);
  }

  override ended(hello: Name, attempt: string, how: Parameters<WorkerBoard['ended']>[2]): void {
    const isWell = (name: Name): boolean =>
      this.healthOf({ ...name, abilities: [] } as WorkerHello) === 'well';
    const wasWell = isWell(hello);
    super.ended(hello, attempt, how);
    if (!wasWell || isWell(hello)) return;
    const peers = [...this.#here.values()].filter((one) => one.hello.revision === hello.revision);
    const out = peers.filter((one) => !isWell(one.hello)).length;
    this.#watch.leftOut(hello.worker, { out, of: peers.length });
  }
}
