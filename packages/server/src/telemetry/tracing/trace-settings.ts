/** The variables of OpenTelemetry by which traces are switched on; the exporter reads the rest of them itself. */
export type TraceEnvironment = Readonly<Record<string, string | undefined>>;

/** Which traces are kept. */
export interface Sampling {
  /** Whether a caller who says that it keeps its trace, or that it does not, is followed. */
  readonly isParentBased: boolean;
  /** The part of the other traces that is kept, from 0 to 1. */
  readonly ratio: number;
}

/** Whether traces are sent, and how; `warning` says what was set and cannot be followed. */
export type TraceSettings =
  | { readonly on: false; readonly warning: string | null }
  | { readonly on: true; readonly sampling: Sampling; readonly warning: string | null };

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const;
const ALL: Sampling = { isParentBased: true, ratio: 1 };

/** Reads the standard variables. Without an endpoint nothing is sent. */
export function traceSettings(environment: TraceEnvironment): TraceSettings {
  const named = ENDPOINTS.find((name) => environment[name]);
  if (named === undefined || /^true$/i.test(environment['OTEL_SDK_DISABLED'] ?? '')) return off();
  const exporters = environment['OTEL_TRACES_EXPORTER'];
  if (exporters === 'none') return off();
  if (exporters && !exporters.split(',').includes('otlp'))
    return off(`OTEL_TRACES_EXPORTER is ${exporters}; only otlp and none are known. No traces are sent.`);
  const endpoint = environment[named] ?? '';
  if (!isHttpAddress(endpoint))
    return off(
      `${named} is no http or https address, for example http://127.0.0.1:4318. No traces are sent.`,
    );
  const protocol = PROTOCOLS.map((name) => environment[name]).find((value) => value);
  if (protocol === 'grpc')
    return off(
      'OTLP over gRPC is not spoken. Set OTEL_EXPORTER_OTLP_PROTOCOL to http/json and name the port for HTTP, most often 4318. No traces are sent.',
    );
  const sampling = samplingOf(environment);
  if (sampling === undefined)
    return {
      ...{ on: true, sampling: ALL },
      warning: 'OTEL_TRACES_SAMPLER or its OTEL_TRACES_SAMPLER_ARG is not known; every trace is sent.',
    };
  const warning =
    protocol && protocol !== 'http/json'
      ? `Traces are sent as http/json, which who takes ${protocol} takes at the same address.`
      : null;
  return { on: true, sampling, warning };
}

const off = (warning: string | null = null): TraceSettings => ({ on: false, warning });

function isHttpAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function samplingOf(environment: TraceEnvironment): Sampling | undefined {
  const name = environment['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const isParentBased = name.startsWith('parentbased_');
  const argument = environment['OTEL_TRACES_SAMPLER_ARG'];
  switch (name.replace(/^parentbased_/, '')) {
    case 'always_on':
      return { isParentBased, ratio: 1 };
    case 'always_off':
      return { isParentBased, ratio: 0 };
    case 'traceidratio': {
      const ratio = argument ? Number(argument) : 1;
      return ratio >= 0 && ratio <= 1 ? { isParentBased, ratio } : undefined;
    }
    default:
      return undefined;
  }
}
