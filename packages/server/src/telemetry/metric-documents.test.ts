import { readFile } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { describedMetrics, LABELS, metricsPage } from './metric-documents.ts';

it('every metric of the registry stands in the reference with its type, labels and meaning', async () => {
  const { registry } = createMetrics({ processMetrics: false });
  const page = await readFile(new URL('../../../../docs/reference/metrics.md', import.meta.url), 'utf8');
  for (const { name, type } of await registry.getMetricsAsJSON())
    expect(page).toContain(`| \`${name}\` | ${type} |`);
  expect(describedMetrics().length).toBe(registry.getMetricsAsArray().length);
});

it('every label is explained, and none that nobody uses', () => {
  const used = new Set(describedMetrics().flatMap(({ labels }) => labels));
  expect(Object.keys(LABELS).toSorted()).toEqual([...used].toSorted());
  for (const label of used) expect(LABELS[label]).toMatch(/\w/);
});

it('every metric says in a sentence what it tells', () => {
  for (const { name, help } of describedMetrics()) expect(help, name).toMatch(/^[A-Z].*\.$/);
  expect(metricsPage()).not.toContain('undefined');
});

it('names are in the form that Prometheus asks for', () => {
  for (const { name, type } of describedMetrics()) {
    expect(name).toMatch(/^(sluice|agent|task)_[a-z0-9_]+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
  }
  expect(Registry.PROMETHEUS_CONTENT_TYPE).toContain('text/plain');
});
