import {
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { ExportResultCode, millisToHrTime } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Tracer } from '@opentelemetry/api';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { EndedSpan } from './span-book.ts';
import type { Sent, SpanSender } from './span-sender.ts';
import type { Sampling } from './trace-settings.ts';

/** Everything about OpenTelemetry that the rest of the server sees. Loaded only where traces are sent. */
export interface OtlpTracing {
  readonly sender: SpanSender;
  /** Makes spans of what happens now; they are sent in batches. */
  readonly tracer: Tracer;
  /** Sends what is left; takes no longer than the exporter's own time limit. */
  close(): Promise<void>;
}

/** The name under which spans say who made them. */
const SCOPE = 'sluice';
/** Answers of a collector after which the same will be refused again. */
const FINAL_REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415, 422]);
/** Of these, those that somebody may mend by settings; spans are kept for then. */
const MENDABLE: ReadonlySet<number> = new Set([401, 403, 404, 405]);

/** Opens the way to a collector by the standard variables: endpoint, headers, time limit, compression, certificates. */
export function otlpTracing(
  sampling: Sampling,
  options: { readonly version: string; readonly exporter?: SpanExporter },
): OtlpTracing {
  const exporter = options.exporter ?? new OTLPTraceExporter();
  const named = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: 'sluice',
    [ATTR_SERVICE_VERSION]: options.version,
  });
  // What the environment says comes last: it names the installation as its owner wants.
  const resource = defaultResource()
    .merge(named)
    .merge(detectResources({ detectors: [envDetector] }));
  const sampler = samplerOf(sampling);
  const provider = new TracerProvider({
    resource,
    sampler,
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const toReadable = (span: EndedSpan): ReadableSpan => readableSpan(span, resource);
  return {
    sender: {
      wants: ({ traceId, isSampled, hasParent }) => isWanted(sampler, { traceId, isSampled, hasParent }),
      send: (spans) =>
        spans.length === 0 ? Promise.resolve({ outcome: 'sent' }) : sent(exporter, spans.map(toReadable)),
    },
    tracer: provider.getTracer(SCOPE, options.version),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

function sent(exporter: SpanExporter, spans: ReadableSpan[]): Promise<Sent> {
  return new Promise((resolve) =>
    exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) return resolve({ outcome: 'sent' });
      const { code: status, message } = Object(error) as { code?: number; message?: string };
      const isRefused = status !== undefined && FINAL_REFUSALS.has(status) && !MENDABLE.has(status);
      const words = [status === undefined ? '' : `HTTP ${status}`, message ?? 'no reason given'];
      resolve({ outcome: isRefused ? 'refused' : 'failed', message: words.filter(Boolean).join(': ') });
    }),
  );
}

function samplerOf({ isParentBased, ratio }: Sampling): Sampler {
  const root = ratio === 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

function isWanted(
  sampler: Sampler,
  { traceId, isSampled, hasParent }: Parameters<SpanSender['wants']>[0],
): boolean {
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const parent = { traceId, spanId: '0000000000000001', traceFlags, isRemote: true };
  const context = hasParent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  const { decision } = sampler.shouldSample(context, traceId, 'rollout', SpanKind.INTERNAL, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

function readableSpan(span: EndedSpan, resource: ReadableSpan['resource']): ReadableSpan {
  const contextOf = (spanId: string, isRemote: boolean): SpanContext => ({
    ...{ traceId: span.context.traceId, spanId, isRemote },
    traceFlags: TraceFlags.SAMPLED,
  });
  const own = contextOf(span.context.spanId, false);
  return {
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => own,
    ...(span.parentSpanId === null
      ? {}
      : { parentSpanContext: contextOf(span.parentSpanId, span.isParentRemote) }),
    startTime: millisToHrTime(span.startedAt),
    endTime: millisToHrTime(span.endedAt),
    duration: millisToHrTime(span.endedAt - span.startedAt),
    status:
      span.error === null
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: span.error },
    attributes: { ...span.attributes },
    links: [],
    events: span.moments.map(({ at, name, words }) => ({
      ...{ name, time: millisToHrTime(at), attributes: { 'sluice.words': words } },
      droppedAttributesCount: 0,
    })),
    ended: true,
    resource,
    instrumentationScope: { name: SCOPE },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
