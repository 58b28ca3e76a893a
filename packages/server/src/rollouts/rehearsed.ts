import type { MeasurementSecret } from '@sluice/core/rollout/measurement-spec.ts';
import type { Plan } from '@sluice/core/rollout/plan.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Candidacy, Objection, ObjectionKind, Rehearsal } from '../clusters/release-rehearsal.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { refusedWith, type Refused } from './problems.ts';

/** A revision with its plan, and its track as it is. */
interface Planned {
  readonly record: RevisionRecord;
  readonly plan: Plan;
  readonly before: TrackState;
}

/** What of a planned release its cluster is asked about. */
export function candidacyOf({ record, plan, before }: Planned): Candidacy {
  const verified = plan.steps.flatMap((step) => (step.kind === 'verify' ? step.checks : []));
  const names = [...verified, ...plan.afterChecks];
  return {
    record,
    checks: record.checks.filter(({ name }) => names.includes(name)),
    hasTasks: asksCluster(plan),
    isFirst: before.stable === null && before.active === null,
  };
}

function asksCluster({ steps, analysis }: Plan): boolean {
  const measured = steps.flatMap((step) => ('measurements' in step ? step.measurements : []));
  return [...measured, ...analysis.measurements].some(
    ({ query }) => query.provider === 'task' || readsKept(query),
  );
}

const readsKept = ({ headers }: { readonly headers: Readonly<Record<string, MeasurementSecret>> }): boolean =>
  Object.values(headers).some((header) => 'kept' in header);

/** The refusal of a release that clusters object to, or undefined. */
export function refusedByClusters({ objections }: Rehearsal): Refused | undefined {
  const [first] = objections;
  if (first === undefined) return undefined;
  const { status, title, remedy } = MEANINGS[first.kind];
  return refusedWith(status, first.kind, {
    title,
    detail: sentences(objections).join('\n'),
    remedy: `${remedy(first)} Nothing was changed.`,
  });
}

/** What a plan warns of: what its release would be refused for now, and what will not work as it reads. */
export const rehearsalWarnings = ({ objections, warnings }: Rehearsal): readonly string[] => [
  ...sentences(objections).map((sentence) => `It would be refused now: ${sentence}`),
  ...warnings,
];

/** What several components are told alike stands once. */
const sentences = (objections: readonly Objection[]): readonly string[] => [
  ...new Set(
    objections.map(({ component, message }) =>
      component === null ? `${capitalized(message)}.` : `${component}: ${message}.`,
    ),
  ),
];

const capitalized = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

interface Meaning {
  readonly status: number;
  readonly title: string;
  readonly remedy: (objection: Objection) => string;
}

const doctor = ({ cluster, namespace }: Objection): string =>
  `\`sluice doctor --cluster ${cluster}${namespace === null ? '' : ` --namespace ${namespace}`}\``;

const MEANINGS: Readonly<Record<ObjectionKind, Meaning>> = {
  'unknown-cluster': {
    status: 422,
    title: 'The cluster is not known',
    remedy: () => 'Name a cluster of `sluice cluster list`, or register it with `sluice cluster add`.',
  },
  'cluster-unreachable': {
    status: 503,
    title: 'The cluster does not answer',
    remedy: () =>
      'Bring it up or mend the way to it, and release again. `sluice rollback` and `sluice abort` are accepted meanwhile, and carried out when it answers.',
  },
  'cluster-credentials': {
    status: 409,
    title: 'The cluster does not let Sluice in',
    remedy: (objection) =>
      `Renew the credentials where the control plane reads them; ${doctor(objection)} says whether they are accepted.`,
  },
  'missing-permission': {
    status: 409,
    title: 'Something is not permitted in the cluster',
    remedy: (objection) => `${doctor(objection)} prints the Role that grants what is missing.`,
  },
  'missing-api': {
    status: 409,
    title: 'The cluster lacks an API',
    remedy: (objection) =>
      `Bring in the definitions of that API, or leave out what needs it; ${doctor(objection)} says what the cluster serves.`,
  },
  'refused-by-cluster': {
    status: 409,
    title: 'The cluster refuses the release',
    remedy: () => 'Mend what it objects to, and release again.',
  },
  'invalid-objects': {
    status: 422,
    title: 'The cluster takes no such objects',
    remedy: () => 'Correct the file; `sluice render` prints what is made of it.',
  },
};
