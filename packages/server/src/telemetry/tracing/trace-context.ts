import { createHash } from 'node:crypto';

/** A place in a trace, as W3C Trace Context names it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** Version 00; a later version may add fields behind, and must keep these. */
const TRACE_PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Nothing that is valid is longer; a header is not worth more work. */
const LONGEST = 200;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** Reads a `traceparent` by W3C Trace Context, level 1; undefined for anything that is none. */
export function parseTraceParent(text: unknown): TraceContext | undefined {
  if (typeof text !== 'string' || text.length > LONGEST) return undefined;
  const [, version, traceId, spanId, flags, more] = TRACE_PARENT.exec(text.trim()) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined)
    return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Writes a `traceparent`, version 00. */
export const formatTraceParent = ({ traceId, spanId, isSampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

/** The trace of something that nobody has given one: the same for the same words, wherever it is asked. */
export const traceIdFrom = (...words: readonly string[]): string => digestOf(['trace', ...words], 32);

/** The span of something in a trace: the same for the same words, so that who sends it again sends the same. */
export const spanIdFrom = (traceId: string, ...words: readonly string[]): string =>
  digestOf(['span', traceId, ...words], 16);

function digestOf(words: readonly string[], digits: number): string {
  const digest = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, digits);
  return /^0+$/.test(digest) ? `${digest.slice(1)}1` : digest;
}
