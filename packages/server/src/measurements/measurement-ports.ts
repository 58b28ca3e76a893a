import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { MeasurementSecret } from '@sluice/core/rollout/measurement-spec.ts';
import type { Result } from '@sluice/core/kernel/result.ts';

/** What a question gave: what JSON can say, and numbers that it cannot, such as NaN. */
export type MeasuredResult =
  | null
  | boolean
  | number
  | string
  | readonly MeasuredResult[]
  | { readonly [key: string]: MeasuredResult };

/** An answer, or why there is none, as a sentence. */
export type Answered =
  | {
      readonly ok: true;
      readonly result: MeasuredResult;
      readonly warnings: readonly string[];
      /** Whether the one who was asked says that it went well; null: it only tells a value. */
      readonly wentWell: boolean | null;
    }
  | { readonly ok: false; readonly message: string };

/** Where a Prometheus is; a header's value is a text, or where it is kept. */
export interface PrometheusLocation {
  readonly address: string;
  readonly headers: Readonly<Record<string, Exclude<MeasurementSecret, { readonly kept: string }>>>;
  readonly tls: {
    readonly caFile: string | null;
    readonly certFile: string | null;
    readonly keyFile: string | null;
    readonly insecure: boolean;
  } | null;
}

/** Asks a Prometheus; the port that the metrics of that name fill. */
export type AskPrometheus = (
  question: {
    readonly connection: PrometheusLocation & { readonly timeoutMs: number };
    readonly query: string;
    readonly range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } | null;
  },
  signal: AbortSignal,
) => Promise<
  | { readonly ok: true; readonly result: number | readonly number[]; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly message: string }
>;

/** A condition in some language, compiled; evaluating throws where it has no value. */
export type CompileCondition = (
  text: string,
) => Result<(variables: { readonly result: MeasuredResult }) => unknown>;

/** Runs something of the target to its end; the name tells one run from every other, so that a repeat finds it. */
export type RunTask = (
  task: JsonObject,
  run: { readonly name: string; readonly timeoutMs: number },
  signal: AbortSignal,
) => Promise<Answered>;

/** What measuring works with. */
export interface MeasurementPorts {
  readonly askPrometheus: AskPrometheus;
  /** The language of Argo Rollouts' conditions. */
  readonly compileExpr: CompileCondition;
  /** The variables of the machine; null: it is somebody else's, so that neither these nor its files are read. */
  readonly environment: Readonly<Record<string, string | undefined>> | null;
  /** Reads what Sluice or Vault keeps; rejects with a `SluiceError` that says why not. */
  readonly readStored: (
    reference: Extract<MeasurementSecret, { readonly secret: unknown }>['secret'],
  ) => Promise<string>;
  readonly now: () => Instant;
}

/** The candidate's side of a measurement: what belongs to its component and not to everybody. */
export interface MeasurementContext {
  readonly candidate: string;
  /** Null for a first release. */
  readonly stable: string | null;
  /** Where the component's evidence comes from; null: from no Prometheus. */
  readonly evidence: PrometheusLocation | null;
  /** Reads a key of something that the component's target keeps, such as a Secret; rejects when it is not there. */
  readonly readKept: ((name: string, key: string) => Promise<string>) | null;
  /** Null: the target of the component runs no tasks. */
  readonly runTask: RunTask | null;
}
