import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { MeasurementQuery } from '@sluice/core/rollout/measurement-spec.ts';
import type { OpenLines } from '../outgoing/outgoing.ts';
import { fillNames, fillNamesIn } from './fill-names.ts';
import { firstAtPath } from './json-path.ts';
import type { Answered, MeasuredResult, MeasurementContext } from './measurement-ports.ts';

type WebQuery = Extract<MeasurementQuery, { provider: 'web' }>;

/** Longer answers are refused, in bytes. */
const MOST_BYTES = 1024 * 1024;

/** Asks over HTTP; its connections are shared and have to be closed. */
export interface WebQuestions {
  /** Headers are given apart, as their values were read from where they are kept. */
  ask(
    query: WebQuery,
    asker: { readonly context: MeasurementContext; readonly headers: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<Answered>;
  close(): Promise<void>;
}

/** Opens the questions. */
export function webQuestions(open: OpenLines): WebQuestions {
  // What is too long is said by whoever reads it.
  const checked = open({ mostBytes: 2 * MOST_BYTES });
  const unchecked = open({ mostBytes: 2 * MOST_BYTES, tls: { rejectUnauthorized: false } });
  return {
    ask: async (query, { context, headers }, signal) => {
      const url = fillNames(query.url, context);
      const shown = shownUrl(url);
      try {
        const body = query.body === null ? null : JSON.stringify(fillNamesIn(query.body, context));
        const answer = await (query.insecure ? unchecked : checked).fetch(url, {
          method: query.method,
          headers: { ...(body === null ? {} : { 'content-type': 'application/json' }), ...headers },
          body,
          signal,
        });
        // Where it leads was named by nobody, and the headers are not for whoever is there.
        if (answer.status >= 300 && answer.status < 400)
          return { ok: false, message: redirectedTo(url, answer) };
        const text = await beginningOf(answer.body);
        return answeredBy(query, shown, { status: answer.status, isGood: answer.ok, text });
      } catch (thrown) {
        return { ok: false, message: `${shown} was not measured: ${reasonOf(thrown)}.` };
      }
    },
    close: async () => {
      await Promise.all([checked.close(), unchecked.close()]);
    },
  };
}

function redirectedTo(url: string, { status, headers }: Response): string {
  const to = URL.parse(headers.get('location') ?? '', url);
  return `${shownUrl(url)} answered ${status} and would lead ${to === null ? 'elsewhere' : `to ${shownUrl(to.href)}`}, which is not followed; name the address itself.`;
}

interface Reply {
  readonly status: number;
  readonly isGood: boolean;
  readonly text: string;
}

/** An answer that is not 2xx still tells how it went; what it holds is no measurement. */
function answeredBy({ jsonPath }: WebQuery, shown: string, { status, isGood, text }: Reply): Answered {
  const answered = (result: MeasuredResult): Answered => ({
    ok: true,
    result,
    warnings: [],
    wentWell: isGood,
  });
  if (!isGood) return answered({ status });
  const parsed = parse(text);
  if (jsonPath === null) return answered(parsed ?? text);
  if (parsed === undefined)
    return { ok: false, message: `${shown} answered ${status} with something that is not JSON.` };
  return answered(firstAtPath(jsonPath, parsed));
}

function parse(text: string): MeasuredResult | undefined {
  try {
    return JSON.parse(text) as MeasuredResult;
  } catch {
    return undefined;
  }
}

async function beginningOf(body: Response['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES)
      throw new SluiceError('exhausted', 'its answer is longer than 1 MiB', { next: 'ask-human' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Without what often holds a token: the query and the user. */
function shownUrl(url: string): string {
  if (!URL.canParse(url)) return 'An address that is none';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // Fetch only says that it failed; why stands below.
  const { cause } = thrown;
  return thrown.message === 'fetch failed' && cause instanceof Error && cause.message !== ''
    ? cause.message
    : thrown.message;
}
