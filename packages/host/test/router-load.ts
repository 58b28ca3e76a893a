import { once } from 'node:events';
import { get as openGet, type IncomingMessage } from 'node:http';
import { until } from './router-rig.ts';

/** One request on a connection of its own. */
export async function ask(port: number, path = '/'): Promise<string> {
  const outgoing = openGet({ port, host: '127.0.0.1', path, agent: false });
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return (await answer.toArray()).join('');
}

/** Asks on and on, on new connections, and keeps what each one came to. */
export class Load {
  readonly outcomes: string[] = [];
  #running = true;
  readonly #done: Promise<unknown>;

  constructor(port: number, clients: number) {
    this.#done = Promise.all(Array.from({ length: clients }, () => this.#loop(port)));
  }

  async #loop(port: number): Promise<void> {
    while (this.#running)
      this.outcomes.push(
        await ask(port).catch((error: NodeJS.ErrnoException) => error.code ?? error.message),
      );
  }

  async more(count: number): Promise<void> {
    const goal = this.outcomes.length + count;
    await until(() => this.outcomes.length >= goal);
  }

  async stop(): Promise<Map<string, number>> {
    this.#running = false;
    await this.#done;
    const tally = new Map<string, number>();
    for (const outcome of this.outcomes) tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
    return tally;
  }
}
