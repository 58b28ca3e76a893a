import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tracer } from '@opentelemetry/api';
import { formatTraceParent, parseTraceParent, type TraceContext } from './trace-context.ts';

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  /** Whose it was; null where nobody was asked who they are. */
  readonly tenant: string | null;
  /** What it brought, as it came. */
  readonly traceParent: unknown;
}

/** Follows requests to the API: where they come from, and how long they took. */
export interface RequestTraces {
  /** What `next` starts belongs to the trace that the request brought. */
  follow(traceParent: unknown, next: () => void): void;
  /** Makes a span of it, where traces are sent. */
  record(request: AnsweredRequest): void;
  /** The `traceparent` that the request brought which is being answered; undefined without one. */
  current(): string | undefined;
}

/** Makes the span of a request. */
export type RecordSpan = (request: AnsweredRequest, caller: TraceContext | undefined) => void;

/** The first status of an answer that is our fault. */
const SERVER_ERROR = 500;
/** Asked every few seconds by machines, and of no interest to anybody. */
const SILENT = /^\/(health|startup|metrics)(\/|$)/;

/** Follows requests; without `recordSpan` only so that releases find the trace they belong to. */
export function requestTraces(recordSpan?: RecordSpan): RequestTraces {
  const following = new AsyncLocalStorage<TraceContext>();
  return {
    follow: (traceParent, next) => {
      const caller = parseTraceParent(traceParent);
      if (caller === undefined) next();
      else following.run(caller, next);
    },
    record: (request) => {
      if (recordSpan === undefined || SILENT.test(request.route)) return;
      recordSpan(request, parseTraceParent(request.traceParent));
    },
    current: () => {
      const caller = following.getStore();
      return caller && formatTraceParent(caller);
    },
  };
}

/** Makes spans by the semantic conventions of OpenTelemetry for HTTP servers. */
export function spansOfRequests(
  tracer: Tracer,
  { trace, ROOT_CONTEXT, SpanKind, SpanStatusCode }: typeof import('@opentelemetry/api'),
): RecordSpan {
  return ({ method, route, status, durationMs, requestId, tenant }, caller) => {
    const endTime = Date.now();
    const parent = caller && {
      ...{ traceId: caller.traceId, spanId: caller.spanId, isRemote: true },
      traceFlags: caller.isSampled ? 1 : 0,
    };
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'sluice.request_id': requestId,
      ...(tenant === null ? {} : { 'sluice.tenant': tenant }),
    };
    const startTime = endTime - durationMs;
    const span = tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, startTime, attributes },
      context,
    );
    if (status >= SERVER_ERROR) span.setStatus({ code: SpanStatusCode.ERROR, message: `HTTP ${status}` });
    span.end(endTime);
  };
}
