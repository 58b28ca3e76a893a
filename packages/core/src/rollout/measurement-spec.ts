import type { JsonObject } from '../kernel/json.ts';
import type { SecretReference } from './secret-reference.ts';

/** When a measured value is good and when it is bad; neither is inconclusive. */
export type MeasurementCondition =
  /** Expressions over `result`; one of the two may be left out, which is then the opposite of the other. */
  | {
      readonly language: 'cel' | 'expr';
      readonly success: string | null;
      readonly failure: string | null;
    }
  /** Good from `min` to `max`, each included; null means no bound. */
  | { readonly language: 'range'; readonly min: number | null; readonly max: number | null }
  /** Good when the provider says that it went well: an HTTP status of 2xx, a job that ended with 0. */
  | { readonly language: 'outcome' };

/** A value of a header or body, or where it is kept. */
export type MeasurementSecret =
  | { readonly value: string }
  | { readonly file: string }
  | { readonly environment: string }
  /** Kept by Sluice itself, or by Vault. */
  | { readonly secret: Exclude<SecretReference, { readonly from: 'file' | 'environment' }> }
  /** A key of something that the target of the component keeps, such as a Secret; `before` stands before it, as in `Bearer `. */
  | { readonly kept: string; readonly key: string; readonly before?: string };

/**
 * What is asked. Texts may hold `{{candidate}}` and `{{stable}}` (ids of revisions), `{{candidate-hash}}` and
 * `{{stable-hash}}` (the hash at their end), which are put in when it is asked.
 */
export type MeasurementQuery =
  | {
      readonly provider: 'prometheus';
      /** Null: where the component's evidence comes from. */
      readonly address: string | null;
      readonly headers: Readonly<Record<string, MeasurementSecret>>;
      readonly insecure: boolean;
      readonly query: string;
      /** Null asks for the present value; otherwise for the values from `startMs` ago to `endMs` ago. */
      readonly range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } | null;
      readonly timeoutMs: number;
    }
  | {
      readonly provider: 'web';
      readonly url: string;
      readonly method: 'GET' | 'POST' | 'PUT';
      readonly headers: Readonly<Record<string, MeasurementSecret>>;
      /** JSON that is sent; null: nothing. */
      readonly body: JsonObject | null;
      /** JSONPath in braces, such as `{$.data}`, of what `result` is; null: the whole body. */
      readonly jsonPath: string | null;
      readonly insecure: boolean;
      readonly timeoutMs: number;
    }
  /** Something that the target runs to its end, such as a Job; opaque here. */
  | { readonly provider: 'task'; readonly task: JsonObject; readonly timeoutMs: number };

/** A question that is asked again and again while a candidate is judged, with limits on how its answers may fall. */
export interface MeasurementSpec {
  /** Unique in the plan. */
  readonly name: string;
  readonly query: MeasurementQuery;
  readonly condition: MeasurementCondition;
  /** Wait before the first measurement, in ms. */
  readonly initialDelayMs: number;
  /** Time between two measurements, in ms; 0 with a count of one. */
  readonly intervalMs: number;
  /** Measurements wanted, errors not counted; null: as long as the step (or the rollout) lasts. */
  readonly count: number | null;
  /** More failures than this fail it; null: never. */
  readonly failureLimit: number | null;
  /** More inconclusive ones than this make it inconclusive; null: never. */
  readonly inconclusiveLimit: number | null;
  /** More errors in a row than this are a provider error. */
  readonly consecutiveErrorLimit: number;
  /** So many successes in a row end it well; null: that is not enough. */
  readonly consecutiveSuccessLimit: number | null;
  /** Measured and shown, but nothing follows from it. */
  readonly dryRun: boolean;
}

/** A measurement that goes on beside the steps. */
export interface BackgroundMeasurement extends MeasurementSpec {
  /** Index of the step at which it begins; it ends with the plan's last one. */
  readonly fromStep: number;
}
