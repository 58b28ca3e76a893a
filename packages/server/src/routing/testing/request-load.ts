import { Pool } from 'undici';
import type { Echo } from './echo-listener.ts';

/** One request, by what differs from `GET /`. */
export interface Wanted {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Buffer>;
}

/** What came back, with the body read as an echo where it is one. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly echo: Echo | undefined;
}

/** For tests: a client of a router that keeps a few connections open. */
export class RequestLoad {
  readonly #pool: Pool;
  readonly #host: string;

  constructor(origin: string, host: string, connections = 4) {
    this.#pool = new Pool(origin, { connections });
    this.#host = host;
  }

  async ask({ method = 'GET', path = '/', headers = {}, body }: Wanted = {}): Promise<Answered> {
    const answer = await this.#pool.request({
      method,
      path,
      headers: { host: this.#host, ...headers },
      ...(body === undefined ? {} : { body: body as string }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, echo: echoIn(text) };
  }

  /** Sends so many requests, a few at a time, and gives the answers in the order of the requests. */
  async askMany(count: number, wanted: (at: number) => Wanted = () => ({})): Promise<readonly Answered[]> {
    const answers: Answered[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let at = next++; at < count; at = next++) answers[at] = await this.ask(wanted(at));
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    return answers;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function echoIn(text: string): Echo | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<Echo>;
    return typeof parsed.revision === 'string' ? (parsed as Echo) : undefined;
  } catch {
    return undefined;
  }
}
