import { formatDuration } from '@sluice/core/kernel/duration.ts';
import type { ApplicationSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { describeStep } from '@sluice/core/rollout/describe-step.ts';
import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { compilePlan, type Plan } from '@sluice/core/rollout/plan.ts';
import type { Difference } from '@sluice/kubernetes/adopt/adoption.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { Space } from './space.ts';
import { harmless, wrap } from './text-width.ts';

/** What files of another tool become: a component with its next release in words. */
export interface AdoptedView {
  readonly component: string;
  readonly instances: number;
  readonly namespace: string;
  readonly strategy: string;
  readonly steps: readonly string[];
  readonly measurements: readonly string[];
}

/** The components of an application that was taken from manifests, each with the plan of a release after its first. */
export const adoptedComponents = ({ components }: ApplicationSpec): readonly AdoptedView[] =>
  components.map((component) => {
    const { namespace, routers, workload } = kubernetesSettings(component);
    const split = routers.some(({ kind }) => kind === 'service') ? 'by-instances' : 'exact';
    const shares = workload.kind === 'in-place' ? 'in-place' : split;
    const plan = compilePlan(component, { first: false, lane: 'normal', shares });
    return {
      component: component.name,
      instances: component.instances,
      namespace,
      strategy: plan.kind,
      steps: plan.steps.map(describeStep),
      measurements: measurementsOf(component, plan).map(measurementWords),
    };
  });

function measurementsOf({ strategy }: ComponentSpec, plan: Plan): readonly MeasurementSpec[] {
  const inSteps = plan.steps.flatMap((step) =>
    step.kind === 'judge' || step.kind === 'settle' ? step.measurements : [],
  );
  const all = [...inSteps, ...strategy.analysis.measurements];
  return [...new Map(all.map((measurement) => [measurement.name, measurement])).values()];
}

function measurementWords({ name, query, count, intervalMs, failureLimit, dryRun }: MeasurementSpec): string {
  const asks = { prometheus: 'asks Prometheus', web: 'asks a web address', task: 'runs a job' }[
    query.provider
  ];
  const every = intervalMs > 0 ? `, every ${formatDuration(intervalMs)}` : '';
  const times = count === null ? '' : `, ${count === 1 ? 'once' : `${count} times`}`;
  const limit = failureLimit === null ? '' : `, fails after more than ${failureLimit} bad`;
  return `${name} ${asks}${every}${times}${limit}${dryRun ? ', and nothing follows from it' : ''}`;
}

/** What manifests become, what Sluice does otherwise and where, and what nothing uses. */
export function importLines(
  application: ApplicationSpec,
  {
    differences,
    unused,
  }: { readonly differences: readonly Difference[]; readonly unused: readonly string[] },
  space: Space,
): readonly string[] {
  const { paint } = space.style;
  return [
    `${application.application} has ${application.components.length === 1 ? 'one component' : `${application.components.length} components`}`,
    ...adoptedComponents(application).flatMap((view) => ['', ...componentLines(view, space)]),
    ...(differences.length === 0 ? [] : ['', paint('strong', 'What Sluice does otherwise')]),
    ...differences.flatMap((difference) => differenceLines(difference, space)),
    ...(unused.length === 0 ? [] : ['', paint('strong', 'What nothing uses')]),
    ...unused.map((title) => `  ${harmless(title)}`),
    '',
  ];
}

function componentLines(view: AdoptedView, { style }: Space): readonly string[] {
  const { component, instances, namespace, strategy, steps, measurements } = view;
  const many = `${instances} instance${instances === 1 ? '' : 's'}`;
  return [
    `${style.paint('strong', component)}  ${strategy}, ${many} in namespace ${namespace}`,
    ...steps.map((words, at) => `  ${String(at + 1).padStart(2)}. ${harmless(words)}`),
    ...measurements.map((words) => `  ${style.paint('dim', 'measures')} ${harmless(words)}`),
  ];
}

const TEXT_COLUMNS = 100;

function differenceLines({ file, line, path, message }: Difference, { columns }: Space): readonly string[] {
  const width = Math.max(40, Math.min(TEXT_COLUMNS, columns)) - 6;
  return [
    `  ${harmless(`${file}:${line} ${path}`)}`,
    ...wrap(harmless(message), width).map((text) => `      ${text}`),
  ];
}
