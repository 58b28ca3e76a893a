import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { adoptAnalysis, NO_RUNS } from './adopt-analysis.ts';
import { type ArgoAdoption, differenceOf, faultOf } from './argo-adoption.ts';
import type { ArmNames } from './arm-names.ts';
import { goDurationMs } from './go-duration.ts';
import type { ExperimentStep, RolloutArgument } from './rollout-spec.ts';

/** What an experiment comes to beside stable: pods and a weight of the candidate, for a time, and what is measured. */
export interface AdoptedExperiment {
  readonly candidates: number;
  /** Null: the experiment has no weight of its own. */
  readonly weight: number | null;
  readonly durationMs: number;
  readonly measurements: readonly MeasurementSpec[];
}

/**
 * An experiment step of a baseline and a canary. Sluice compares with stable itself and starts no second copy of it, which
 * is told. Undefined after a fault.
 */
export function adoptExperiment(
  adoption: ArgoAdoption,
  experiment: ExperimentStep,
  arms: ArmNames,
  path: ManifestPath,
): AdoptedExperiment | undefined {
  const before = adoption.notes.faults.length;
  const canaries = experiment.templates.filter(({ specRef }) => specRef === 'canary');
  const [canary] = canaries;
  if (canary === undefined || canaries.length > 1)
    faultOf(
      adoption,
      [...path, 'templates'],
      `Sluice compares one candidate with stable; ${canaries.length} templates of the canary are too ${canary ? 'many' : 'few'}.`,
    );
  checkTemplates(adoption, experiment, path);
  const durationMs = durationOf(adoption, experiment, path);
  const measurements = (experiment.analyses ?? []).flatMap((analysis, index) =>
    adoptAnalysis(
      adoption,
      {
        templates: [analysis],
        args: (analysis.args ?? []).map((argument) => withTemplates(argument, experiment, arms)),
        ...(experiment.dryRun ? { dryRun: experiment.dryRun } : {}),
      },
      { path: [...path, 'analyses', index], background: !analysis.requiredForCompletion },
    ),
  );
  if (!canary || adoption.notes.faults.length > before) return undefined;
  tell(adoption, experiment, path);
  return { candidates: canary.replicas ?? 1, weight: canary.weight ?? null, durationMs, measurements };
}

function checkTemplates(adoption: ArgoAdoption, { templates }: ExperimentStep, path: ManifestPath): void {
  for (const [index, { name, specRef, replicas }] of templates.entries()) {
    const at = [...path, 'templates', index];
    if (templates.findIndex((other) => other.name === name) < index)
      faultOf(adoption, [...at, 'name'], `There is a template ${name} already; Argo refuses a second one.`);
    if (specRef === 'canary' && replicas === 0)
      faultOf(
        adoption,
        [...at, 'replicas'],
        'An experiment without pods of the canary measures nothing; write at least 1.',
      );
  }
}

function durationOf(adoption: ArgoAdoption, experiment: ExperimentStep, path: ManifestPath): number {
  const { duration, analyses = [] } = experiment;
  if (duration !== undefined) {
    const ms = goDurationMs(duration);
    if (ms === undefined)
      faultOf(adoption, [...path, 'duration'], `A duration such as 30m was expected, not \`${duration}\`.`);
    return ms ?? 0;
  }
  if (!analyses.some(({ requiredForCompletion }) => requiredForCompletion))
    faultOf(
      adoption,
      path,
      'It has neither a duration nor an analysis that is requiredForCompletion, so that it never ends by itself. Give it a duration, or write a pause.',
    );
  return 0;
}

/** Arguments may name the pods of the experiment's templates; those are the revisions' own. */
function withTemplates(
  argument: RolloutArgument,
  experiment: ExperimentStep,
  arms: ArmNames,
): RolloutArgument {
  if (typeof argument.value !== 'string') return argument;
  const value = argument.value.replace(
    /\{\{\s*templates\.([^{}\s]+?)\.(podTemplateHash|replicaset\.name)\s*\}\}/g,
    (whole, name: string, what: string) => {
      const template = experiment.templates.find((one) => one.name === name);
      if (!template) return whole;
      const arm = template.specRef === 'canary' ? arms.candidate : arms.stable;
      return what === 'podTemplateHash' ? arm.hash : arm.name;
    },
  );
  return { ...argument, value };
}

function tell(
  adoption: ArgoAdoption,
  { templates, analyses = [], scaleDownDelaySeconds, analysisRunMetadata }: ExperimentStep,
  path: ManifestPath,
): void {
  if (scaleDownDelaySeconds !== undefined)
    differenceOf(adoption, [...path, 'scaleDownDelaySeconds'], 'No pods are left over that could be kept.');
  if (analysisRunMetadata) differenceOf(adoption, [...path, 'analysisRunMetadata'], NO_RUNS);
  differenceOf(
    adoption,
    path,
    'Argo starts pods of its own for an experiment and removes them after it. Sluice lets the candidate’s pods take part, compares them with stable’s, which serve the rest of the traffic and may be warmer, and starts no second copy of stable.',
  );
  if (templates.some(({ specRef, weight }) => specRef === 'stable' && weight !== undefined))
    differenceOf(
      adoption,
      [...path, 'templates'],
      'The weight of a baseline stays with stable, whose copy it would be.',
    );
  if (templates.some(({ metadata, selector, service }) => metadata ?? selector ?? service))
    differenceOf(
      adoption,
      [...path, 'templates'],
      'Labels, selectors and Services of the templates are not made: every revision has a Service and labels of its own.',
    );
  if (analyses.some(({ requiredForCompletion }) => !requiredForCompletion))
    differenceOf(
      adoption,
      [...path, 'analyses'],
      'An analysis that is not required for completion is waited for as well when its metrics have a count.',
    );
}
