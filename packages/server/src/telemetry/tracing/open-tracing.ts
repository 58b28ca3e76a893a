import type { Logger } from 'pino';
import type { SpanSender } from './span-sender.ts';
import { requestTraces, type RequestTraces, spansOfRequests } from './request-traces.ts';
import { type TraceEnvironment, traceSettings } from './trace-settings.ts';

/** What is traced in this process. */
export interface Tracing {
  readonly requests: RequestTraces;
  /** Takes what took place in rollouts; null where no traces are sent. */
  readonly sender: SpanSender | null;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Opens tracing as the variables of OpenTelemetry say; without an endpoint none of its code is loaded. */
export async function openTracing(
  environment: TraceEnvironment,
  { version, log }: { readonly version: string; readonly log: Logger },
): Promise<Tracing> {
  const settings = traceSettings(environment);
  if (settings.warning !== null) log.warn({ reason: settings.warning }, 'traces');
  if (!settings.on) return { requests: requestTraces(), sender: null, close: async () => undefined };
  const [{ otlpTracing }, api] = await Promise.all([
    import('./otlp-sender.ts'),
    import('@opentelemetry/api'),
  ]);
  const { sender, tracer, close } = otlpTracing(settings.sampling, { version });
  log.info({ sampling: settings.sampling }, 'traces are sent');
  return { requests: requestTraces(spansOfRequests(tracer, api)), sender, close };
}
