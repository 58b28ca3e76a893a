import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { describeStep } from '@sluice/core/rollout/describe-step.ts';
import type { BackgroundMeasurement, MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { compilePlan, sharesAlong } from '@sluice/core/rollout/plan.ts';
import type { Step } from '@sluice/core/rollout/step.ts';
import type { KubernetesSettings } from '../../../settings/kubernetes-settings.ts';
import type { ComponentAdoption } from '../../adopted-component.ts';

/** An adoption as text that a person can review: the component, its plan, what is asked, and what differs. */
export function printAdoption(adoption: ComponentAdoption): string {
  if (!adoption.ok)
    return adoption.faults
      .map(({ file, line, path, message }) => `${file}:${line}  ${path}\n    ${message}\n`)
      .join('');
  const { component, differences, used } = adoption;
  const plan = compilePlan(component, { first: false, lane: 'normal' });
  const shares = sharesAlong(plan.steps);
  const { analysis } = plan;
  return [
    ...componentLines(adoption),
    '',
    `plan by ${plan.strategy}, ${plan.kind}; requests ${analysis.traffic}, at least ${analysis.minRequests}; no data: ${analysis.on.noData}; deadline ${formatDuration(plan.progressDeadlineMs)}`,
    ...plan.steps.flatMap((step, index) => stepLines(step, index, shares[index] ?? 0)),
    ...(analysis.measurements.length > 0 ? ['', 'asked beside the steps'] : []),
    ...analysis.measurements.flatMap(backgroundLines),
    '',
    'differences',
    ...differences.flatMap(({ line, path, message }) => [`  line ${line}, ${path}`, `    ${message}`]),
    '',
    `used: ${used.map(({ object }) => `${object.kind} ${object.metadata.name}`).join(', ')}`,
    '',
  ].join('\n');
}

function componentLines({ component }: Extract<ComponentAdoption, { ok: true }>): readonly string[] {
  const { name, instances, workload, route, request, health, resources, drainMs } = component;
  if (workload.on !== 'cluster') return [`${name} does not run in a cluster`];
  const { workload: what, ...settings } = workload.settings as unknown as KubernetesSettings;
  const shown = what.kind === 'template' ? { ...what, template: '…', besides: what.besides.length } : what;
  const running = what.kind === 'in-place' ? { ...what, object: '…' } : shown;
  const lines = Object.entries({ running, ...settings }).filter(
    ([, value]) => value !== null && JSON.stringify(value) !== '{}',
  );
  return [
    `component ${name} on cluster ${workload.cluster}: ${instances} instances, drain ${formatDuration(drainMs)}`,
    `  route ${route.host ?? 'any host'} ${route.path}, ${request.protocol}, at most ${formatDuration(request.timeoutMs)}`,
    `  healthy at ${health.path ?? 'its probe'} within ${formatDuration(health.withinMs)}, every ${formatDuration(health.intervalMs)}, ${health.failures} failures`,
    `  limits ${resources.cpuMillis}m cpu, ${resources.memoryBytes} bytes`,
    ...lines.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
  ];
}

function stepLines(step: Step, index: number, share: number): readonly string[] {
  const measurements = step.kind === 'judge' || step.kind === 'settle' ? step.measurements : [];
  const head = `${String(index + 1).padStart(3)}. ${`${share / 100}%`.padStart(6)}  ${describeStep(step)}`;
  return [head, ...measurements.map((spec) => `                 ${spec.name}: ${rules(spec)}`)];
}

const backgroundLines = (spec: BackgroundMeasurement): readonly string[] => [
  `  ${spec.name}: from step ${spec.fromStep + 1}, ${rules(spec)}`,
  `    ${asked(spec)}`,
  `    good: ${JSON.stringify(spec.condition)}`,
];

function rules(spec: MeasurementSpec): string {
  const parts = [
    spec.initialDelayMs > 0 ? `after ${formatDuration(spec.initialDelayMs)}` : 'at once',
    spec.intervalMs > 0 ? `every ${formatDuration(spec.intervalMs)}` : '',
    spec.count === null ? '' : `${spec.count} times`,
    spec.consecutiveSuccessLimit === null ? '' : `until good`,
    spec.failureLimit === null ? '' : `taken back at ${spec.failureLimit + 1} failures`,
    spec.dryRun ? 'nothing follows' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function asked({ query }: MeasurementSpec): string {
  switch (query.provider) {
    case 'prometheus':
      return `${query.address} ${JSON.stringify(query.headers)} ${query.query.replaceAll(/\s+/g, ' ')}`;
    case 'web':
      return `${query.method} ${query.url} within ${formatDuration(query.timeoutMs)} ${JSON.stringify(query.body)}`;
    case 'task':
      return 'a task';
  }
}
