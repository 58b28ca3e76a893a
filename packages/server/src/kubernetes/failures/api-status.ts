/** What a Kubernetes API server says when it refuses, as far as Sluice reads it. */
export interface ApiStatus {
  /** The HTTP status. */
  readonly code: number;
  /** One word, such as `NotFound`; empty where the server gave none. */
  readonly reason: string;
  readonly message: string;
  readonly name: string | undefined;
  readonly causes: readonly ApiCause[];
  readonly retryAfterMs: number | undefined;
}

/** One of several things that are wrong. */
export interface ApiCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** As much of an answer that is no Status as is told, in characters: a proxy answers with a page of HTML. */
const longestForeignText = 300;

/** Longest wait that is read from an answer, in ms. */
const longestRetryAfterMs = 3_600_000;

/** Reads the refusal of a server, or of whatever stands in front of it. */
export function readStatus(code: number, text: string, retryAfter: string | undefined): ApiStatus {
  const body = parseObject(text);
  const isStatus = body['kind'] === 'Status';
  const details = asObject(body['details']);
  return {
    code,
    reason: isStatus ? textOf(body['reason']) : '',
    message: isStatus ? textOf(body['message']) : foreignMessage(text),
    name: typeof details['name'] === 'string' ? details['name'] : undefined,
    causes: Array.isArray(details['causes']) ? details['causes'].map(readCause) : [],
    retryAfterMs: retryAfterOf(retryAfter, details['retryAfterSeconds']),
  };
}

function retryAfterOf(header: string | undefined, detail: unknown): number | undefined {
  // The header may also be a date, which a Kubernetes server never sends.
  const seconds = header !== undefined && /^\d+$/.test(header) ? Number(header) : detail;
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return Math.min(seconds * 1000, longestRetryAfterMs);
}

function readCause(cause: unknown): ApiCause {
  const { reason, message, field } = asObject(cause);
  return { reason: textOf(reason), message: textOf(message), field: textOf(field) };
}

function foreignMessage(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return 'the answer is empty';
  return line.length > longestForeignText ? `${line.slice(0, longestForeignText)}…` : line;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
