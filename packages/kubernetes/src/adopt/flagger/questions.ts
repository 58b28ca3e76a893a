import type {
  BackgroundMeasurement,
  MeasurementCondition,
  MeasurementQuery,
  MeasurementSpec,
} from '@sluice/core/rollout/measurement-spec.ts';

/** Something that Flagger asks again and again: a figure or a hook. */
export interface Question {
  readonly name: string;
  readonly query: MeasurementQuery;
  readonly condition: MeasurementCondition;
  /** Errors in a row after which the provider counts as failing. */
  readonly errorLimit: number;
}

/** Errors in a row that are no outage yet. */
export const DEFAULT_ERROR_LIMIT = 4;

/** When a question is asked, in ms. */
export interface Schedule {
  readonly initialDelayMs: number;
  readonly intervalMs: number;
}

/** Asked beside the steps from one on; so many failures in all, whatever comes between, take the release back. */
export const askedThroughout = (
  question: Question,
  schedule: Schedule,
  { fromStep, failures }: { readonly fromStep: number; readonly failures: number },
): BackgroundMeasurement => ({
  ...asked(question, question.name, schedule),
  failureLimit: failures - 1,
  fromStep,
});

/**
 * Asked until it is answered well once; until then the step does not end.
 *
 * @param failures so many failures take the release back; null: it only waits
 */
export const askedUntilGood = (
  question: Question,
  when: string,
  schedule: Schedule,
  failures: number | null,
): MeasurementSpec => ({
  ...asked(question, `${question.name} (${when})`, schedule),
  failureLimit: failures === null ? null : failures - 1,
  consecutiveSuccessLimit: 1,
});

/** Asked so many times in one step; so many failures among them take the release back. */
export const askedTimes = (
  question: Question,
  schedule: Schedule,
  { times, failures }: { readonly times: number; readonly failures: number },
): MeasurementSpec => ({
  ...asked(question, question.name, schedule),
  count: times,
  failureLimit: failures - 1,
});

/** Asked once, and nothing follows from the answer. */
export const toldOnce = (question: Question): MeasurementSpec => ({
  ...asked(question, question.name, { initialDelayMs: 0, intervalMs: 0 }),
  count: 1,
  dryRun: true,
});

const asked = (
  { query, condition, errorLimit }: Question,
  name: string,
  { initialDelayMs, intervalMs }: Schedule,
): MeasurementSpec => ({
  name,
  query,
  condition,
  initialDelayMs,
  intervalMs,
  count: null,
  failureLimit: null,
  inconclusiveLimit: null,
  consecutiveErrorLimit: errorLimit,
  consecutiveSuccessLimit: null,
  dryRun: false,
});

/** Questions with names of which no two are the same, as names of measurements must be. */
export function withUniqueNames<Asked extends { readonly name: string }>(
  questions: readonly Asked[],
): readonly Asked[] {
  const taken = new Set<string>();
  return questions.map((question) => {
    let name = question.name;
    for (let number = 2; taken.has(name); number += 1) name = `${question.name} ${number}`;
    taken.add(name);
    return { ...question, name };
  });
}
