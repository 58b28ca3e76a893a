import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tracer } from '@opentelemetry/api';
import { formatTraceParent, parseTraceParent, type TraceContext } from './trace-context.ts';

/** What a span of a request says. */
export interface RequestFacts {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly requestId: string;
  readonly tenant: string | null;
}

/** Follows requests to the API: where they come from, and how long they took. */
export interface RequestTraces {
  /** Begins a request; `next` and all that it starts are a part of it. */
  begin(request: object, traceParent: string | undefined, next: () => void): void;
  /** Ends it. */
  end(request: object, facts: RequestFacts): void;
  /** The `traceparent` that the request brought which is being answered; undefined without one. */
  current(): string | undefined;
}

/** The names of OpenTelemetry's semantic conventions for HTTP. */
const SERVER_ERROR = 500;
/** Asked every few seconds by machines, and of no interest to anybody. */
const SILENT = /^\/(health|startup|metrics)(\/|$)/;

/** @param tracing makes spans; without it requests are only followed, so that releases find the trace they belong to */
export function requestTraces(tracing?: RequestSpans): RequestTraces {
  const following = new AsyncLocalStorage<TraceContext>();
  const ends = new WeakMap<object, (facts: RequestFacts) => void>();
  return {
    begin: (request, text, next) => {
      const caller = parseTraceParent(text);
      if (tracing !== undefined) ends.set(request, tracing(caller));
      if (caller === undefined) next();
      else following.run(caller, next);
    },
    end: (request, facts) => ends.get(request)?.(facts),
    current: () => {
      const caller = following.getStore();
      return caller && formatTraceParent(caller);
    },
  };
}

/** Begins the span of a request. @returns ends it */
export type RequestSpans = (caller: TraceContext | undefined) => (facts: RequestFacts) => void;

/** Makes spans of requests. */
export function requestSpans(
  tracer: Tracer,
  { trace, ROOT_CONTEXT, SpanKind, SpanStatusCode }: typeof import('@opentelemetry/api'),
): RequestSpans {
  return (caller) => {
    const startTime = Date.now();
    return ({ method, route, status, requestId, tenant }) => {
      if (SILENT.test(route)) return;
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
      const name = `${method} ${route}`;
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime, attributes }, context);
      if (status >= SERVER_ERROR) span.setStatus({ code: SpanStatusCode.ERROR, message: `HTTP ${status}` });
      span.end();
    };
  };
}
