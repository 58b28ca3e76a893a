import { assert as check, constantFrom, integer, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HealthSpec } from '@sluice/core/rollout/component-spec.ts';
import { renderProbes } from './render-probes.ts';

interface Probe {
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly httpGet?: { readonly path: string };
  readonly tcpSocket?: { readonly port: number };
}

const probes = (health: HealthSpec, livenessPath: string | null): Record<string, Probe> =>
  renderProbes(health, 8080, livenessPath) as unknown as Record<string, Probe>;

const patience = (probe: Probe | undefined): number =>
  (probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0);

const health: HealthSpec = {
  path: '/ready',
  withinMs: 90_000,
  intervalMs: 5000,
  timeoutMs: 1500,
  failures: 2,
};

const anyHealth = record({
  path: option(constantFrom('/ready', '/')),
  withinMs: integer({ min: 0, max: 3_600_000 }),
  intervalMs: integer({ min: 1, max: 120_000 }),
  timeoutMs: integer({ min: 1, max: 60_000 }),
  failures: integer({ min: 1, max: 20 }),
});

describe('the probes of a container', () => {
  it('ask by HTTP where a path is known, else whether the port accepts connections', () => {
    expect(probes(health, null)['readinessProbe']?.httpGet?.path).toBe('/ready');
    expect(probes({ ...health, path: null }, null)['readinessProbe']?.tcpSocket?.port).toBe(8080);
  });

  it('ask for liveness on its own path, or on the readiness path with more patience still', () => {
    const own = probes(health, '/live')['livenessProbe'];
    const shared = probes(health, null)['livenessProbe'];
    expect(own?.httpGet?.path).toBe('/live');
    expect(shared?.httpGet?.path).toBe('/ready');
    expect(patience(shared)).toBeGreaterThan(patience(own));
  });

  it('allow the time to become ready, and give liveness more time than readiness', () => {
    check(
      property(anyHealth, option(constantFrom('/live')), (spec, livenessPath) => {
        const { startupProbe, readinessProbe, livenessProbe } = probes(spec, livenessPath);
        expect(patience(startupProbe) * 1000).toBeGreaterThanOrEqual(spec.withinMs);
        expect(patience(livenessProbe)).toBeGreaterThan(patience(readinessProbe));
        expect(patience(livenessProbe)).toBeGreaterThanOrEqual(30);
      }),
    );
  });
});
