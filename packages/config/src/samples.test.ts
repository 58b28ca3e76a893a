import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import { renderRevision } from '@sluice/kubernetes/render/render-revision.ts';
import { renderTrack } from '@sluice/kubernetes/render/render-track.ts';
import { objectCheck } from '@sluice/kubernetes/render/testing/object-check.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from './diagnostics/format-diagnostics.ts';
import { type ParseOutcome, parseApplication } from './parse-application.ts';

const samples = new URL('../samples/', import.meta.url);
const refused = new URL('refused/', samples);
const yamlFiles = (folder: URL): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();

/** Stands in for the check of CEL: an expression that ends in an operator is not one. */
const checkExpression = (expression: string): string | undefined =>
  /[<>=+*/-]\s*$/.test(expression) ? 'ends where a value is expected' : undefined;

function parse(folder: URL, file: string, environment?: string): { text: string; outcome: ParseOutcome } {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const asked = environment ?? /^# asked for: (\S+)/.exec(text)?.[1];
  const options = {
    file,
    environment: asked,
    baseDirectory: '/app',
    checkExpression,
    checkCondition: checkExpression,
  };
  return { text, outcome: parseApplication(text, options) };
}

describe('every good sample', () => {
  it.each(yamlFiles(samples))('%s is taken without a warning, in each of its environments', (file) => {
    const first = parse(samples, file);
    const environments = first.outcome.ok ? first.outcome.environments : ['production'];
    for (const environment of environments) {
      const { text, outcome } = parse(samples, file, environment);
      expect(
        outcome.ok ? formatDiagnostics(outcome.warnings, text) : formatDiagnostics(outcome.diagnostics, text),
      ).toBe('');
      if (outcome.ok) expect(outcome.application.environment).toBe(environment);
    }
  });

  it.each(yamlFiles(samples))('%s compiles into plans that end with everything on the candidate', (file) => {
    const { outcome } = parse(samples, file, file === 'storefront.yaml' ? 'production' : undefined);
    const components = outcome.ok ? outcome.application.components : [];
    for (const component of components) {
      const plan = compilePlan(component, { first: false, lane: 'normal' });
      expect(plan.steps.length, component.name).toBeGreaterThan(0);
      if (plan.promotes) expect(plan.steps.map(({ kind }) => kind)).toContain('switch');
    }
  });
});

describe('every component of a good sample that runs on Kubernetes', () => {
  const faults = objectCheck();
  const environments = yamlFiles(samples).flatMap((file) => {
    const { outcome } = parse(samples, file, undefined);
    const names = outcome.ok ? outcome.environments : ['local', 'production'];
    return names.map((environment) => ({ file, environment }));
  });
  const components = environments.flatMap(({ file, environment }) => {
    const { outcome } = parse(samples, file, environment);
    const all = outcome.ok ? outcome.application.components : [];
    return all
      .filter(({ workload }) => workload.on === 'cluster')
      .map((component) => ({ file, environment, component, name: component.name }));
  });

  it('is one of several', () => {
    expect(components.length).toBeGreaterThan(4);
  });

  it.each(components)('$name of $file in $environment becomes objects that Kubernetes takes', (one) => {
    const { component, environment } = one;
    const of = {
      track: trackId('shop', environment, component.name),
      revision: revisionId(`${component.name}-0123456789ab`),
      version: '1',
      application: 'shop',
      environment,
      component,
      settings: kubernetesSettings(component),
    };
    const objects = [
      ...renderTrack(of, { generation: 1 }),
      ...renderRevision(of, { instances: component.instances, generation: 1 }),
    ];
    expect(objects.map(({ kind }) => kind)).toContain('Deployment');
    expect(objects.flatMap(faults)).toEqual([]);
  });
});

describe('every refused sample', () => {
  it.each(yamlFiles(refused))('%s is told what is wrong where it stands', async (file) => {
    const { text, outcome } = parse(refused, file);
    expect(outcome.ok).toBe(false);
    const printed = outcome.ok ? '' : formatDiagnostics(outcome.diagnostics, text);
    await expect(printed).toMatchFileSnapshot(
      fileURLToPath(new URL(file.replace(/\.yaml$/, '.txt'), refused)),
    );
  });
});

it('the shortest sample has no more than ten lines', () => {
  const lines = readFileSync(new URL('hello.yaml', samples), 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(10);
});
