import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { parse } from 'yaml';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { createMetrics } from './metrics.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const dashboardsFolder = join(root, 'deploy/grafana/dashboards');
const alertsFolder = join(root, 'deploy/grafana/alerts');
const DASHBOARDS = ['sluice-agents', 'sluice-api', 'sluice-hosts', 'sluice-overview', 'sluice-rollouts'];

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const target = z.looseObject({ datasource, expr: z.string().min(1), refId: z.string().regex(/^[A-Z]$/) });
const row = z.looseObject({
  id: z.int().positive(),
  type: z.literal('row'),
  title: z.string().min(1),
  gridPos,
});
const panel = z.looseObject({
  id: z.int().positive(),
  type: z.enum(['stat', 'timeseries', 'table']),
  title: z.string().min(1),
  datasource,
  gridPos,
  fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string().min(1) }) }),
  targets: z.array(target).min(1),
});
/** What Grafana's published form of a dashboard asks for, as far as these use it. */
const dashboard = z.looseObject({
  uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
  title: z.string().startsWith('Sluice / '),
  schemaVersion: z.int().min(36),
  tags: z.array(z.string()),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  templating: z.strictObject({
    list: z.array(
      z.looseObject({ name: z.string(), type: z.enum(['datasource', 'query']), query: z.unknown() }),
    ),
  }),
  panels: z.array(z.union([row, panel])).min(1),
});

const rulesFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string().startsWith('sluice-'),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Sluice[A-Z][A-Za-z]+$/),
          expr: z.string().min(1),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['SEV1', 'SEV2', 'SEV3', 'SEV4']) }),
          annotations: z.strictObject({
            summary: z.string().endsWith('.'),
            description: z.string().endsWith('.'),
            runbook: z.string(),
          }),
        }),
      ),
    }),
  ),
});

const dashboards = readdirSync(dashboardsFolder).map((file) =>
  dashboard.parse(JSON.parse(readFileSync(join(dashboardsFolder, file), 'utf8'))),
);
const rules = rulesFile
  .parse(parse(readFileSync(join(alertsFolder, 'sluice.rules.yaml'), 'utf8')))
  .groups.flatMap((group) => group.rules);
const panels = dashboards.flatMap(({ uid, panels: all, templating }) =>
  all.flatMap((one) => ('targets' in one ? [{ uid, templating, ...(one as z.infer<typeof panel>) }] : [])),
);
/** What Prometheus itself knows, and no registry. */
const OF_PROMETHEUS = new Set(['up']);

/** Every name of a series that can be asked for. */
async function knownSeries(): Promise<ReadonlySet<string>> {
  const { registry } = createMetrics();
  const metrics = await registry.getMetricsAsJSON();
  return new Set([
    ...OF_PROMETHEUS,
    ...metrics.flatMap(({ name, type }) =>
      String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  ]);
}

/** The series that an expression reads: names that are no function, no keyword, and stand outside of labels and texts. */
function seriesIn(expression: string): readonly string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const words = bare.matchAll(/\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b(?!\s*\()/g);
  return [...words]
    .map(([, word]) => word ?? '')
    .filter((word) => !/^(and|or|unless|bool|offset)$/.test(word));
}

const isPromtoolThere = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((folder) => folder !== '' && existsSync(join(folder, 'promtool')));

function promtool(...words: readonly string[]): string {
  return execFileSync('promtool', words, { encoding: 'utf8', stdio: 'pipe' });
}

describe('dashboards', () => {
  it('are these, each under the name by which links find it', () => {
    expect(dashboards.map(({ uid }) => uid).toSorted()).toEqual(DASHBOARDS);
    expect(readdirSync(dashboardsFolder).toSorted()).toEqual(DASHBOARDS.map((uid) => `${uid}.json`));
  });

  it('let the data source and the job be chosen, and name each panel once', () => {
    for (const { uid, templating, panels: all } of dashboards) {
      const variables = templating.list.map(({ name }) => name);
      expect(variables.slice(0, 2), uid).toEqual(['datasource', 'job']);
      expect(templating.list[0], uid).toMatchObject({ type: 'datasource', query: 'prometheus' });
      expect(new Set(all.map(({ id }) => id)).size, uid).toBe(all.length);
      const places = all.map((one) => one.gridPos as z.infer<typeof gridPos>);
      for (const { x, w } of places) expect(x + w, uid).toBeLessThanOrEqual(24);
      for (const [index, a] of places.entries())
        for (const b of places.slice(index + 1))
          expect(a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h, uid).toBe(false);
    }
  });

  it('ask for series that there are, by variables that there are', async () => {
    const known = await knownSeries();
    for (const { uid, title, targets, templating } of panels)
      for (const { expr } of targets) {
        for (const series of seriesIn(expr)) expect(known, `${uid}: ${title}: ${series}`).toContain(series);
        const variables = [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name);
        const there = [...templating.list.map(({ name }) => name), '__rate_interval', '__range'];
        for (const variable of variables) expect(there, `${uid}: ${title}`).toContain(variable);
      }
    for (const { templating } of dashboards)
      for (const { query } of templating.list) {
        const text = String(Object(query).query ?? '');
        const [, series] = /^label_values\((\w+)/.exec(text) ?? [];
        if (series !== undefined) expect(known, text).toContain(series);
      }
  });
});

describe('alerts', () => {
  it('ask for series that there are', async () => {
    const known = await knownSeries();
    for (const { alert, expr } of rules)
      for (const series of seriesIn(expr)) expect(known, `${alert}: ${series}`).toContain(series);
  });

  it('have names of their own, and a runbook that is there and says how bad it is', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, annotations, labels } of rules) {
      const [path = '', anchor = ''] = annotations.runbook.split('#');
      const text = readFileSync(join(root, path), 'utf8');
      const sections = text.split(/^#{2,3} /m).slice(1);
      const section = sections.find((one) => anchorOf(one.split('\n')[0] ?? '') === anchor);
      expect(section, `${alert}: ${annotations.runbook}`).toBeDefined();
      expect(section, `${alert} in ${annotations.runbook}`).toContain(labels.severity);
    }
  });

  it('are each tried with what they fire at, and with what they do not', () => {
    const tests = readFileSync(join(alertsFolder, 'sluice.rules.test.yaml'), 'utf8');
    for (const { alert } of rules) {
      expect(tests).toContain(`- name: ${alert} fires\n`);
      expect(tests).toContain(`- name: ${alert} does not fire\n`);
    }
  });

  it('do what their tests say, and every expression of a dashboard can be read, by promtool', async () => {
    if (!isPromtoolThere) return reportSkip('alerts and dashboards by promtool: it is not installed');
    expect(promtool('check', 'rules', join(alertsFolder, 'sluice.rules.yaml'))).toContain('SUCCESS');
    expect(promtool('test', 'rules', join(alertsFolder, 'sluice.rules.test.yaml'))).toContain('SUCCESS');
    const folder = await mkdtemp(join(tmpdir(), 'sluice-promtool-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const records = panels.flatMap(({ targets }) =>
      targets.map(({ expr }, index) => ({
        record: `panel:${index}`,
        expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '6h'),
      })),
    );
    const file = join(folder, 'panels.yaml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules: records }] }));
    const read = promtool('check', 'rules', '--lint=none', file);
    expect(read).toContain(`${records.length} rules found`);
  }, 120_000);
});

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');

it('names of series are found in expressions', () => {
  expect(
    seriesIn(
      'histogram_quantile(0.99, sum by (le) (rate(a_bucket{job="x_y"}[5m]))) > 1 and on (job) b_total unless up',
    ),
  ).toEqual(['a_bucket', 'b_total', 'up']);
});
