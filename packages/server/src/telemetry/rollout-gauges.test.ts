import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { RolloutUnderWay } from '../store/stock/rollouts-under-way.ts';
import { hostGauges, type HostFigures } from './host-gauges.ts';
import { rolloutGauges } from './rollout-gauges.ts';

const HELD: RolloutUnderWay = {
  ...{ track: trackId('shop', 'production', 'web'), phase: 'held', seconds: 90 },
  ...{ candidateShare: 0.25, stableShare: 0.75, stableTraffic: null },
  candidateTraffic: { requestsPerSecond: 2, errorsPerSecond: 0.5 },
};
const HOST: HostFigures = {
  ...{ startedAt: 1_700_000_000_000, routerWorkers: { ready: 2, starting: 0 } },
  revisions: [
    {
      ...{ track: 'shop/production/web', revision: 'web-1', ordered: 3, isCrashLooping: true },
      ...{ unexpectedExits: 4, states: { ready: 2, backoff: 1 } },
    },
  ],
};

async function seriesOf(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the figures of rollouts under way', () => {
  it('say where each stands, and what its sides get', async () => {
    const registry = new Registry();
    const give = rolloutGauges(registry);
    expect(await seriesOf(registry)).toEqual([]);
    give(async () => [HELD, { ...HELD, phase: 'queued', seconds: 5 }]);
    const track = 'track="shop/production/web"';
    expect(await seriesOf(registry)).toEqual([
      `sluice_rollout_phase_seconds{${track},phase="held"} 90`,
      `sluice_rollout_phase_seconds{${track},phase="queued"} 5`,
      `sluice_rollout_share_ratio{${track},role="candidate"} 0.25`,
      `sluice_rollout_share_ratio{${track},role="stable"} 0.75`,
      `sluice_rollout_requests_per_second{${track},role="candidate"} 2`,
      `sluice_rollout_errors_per_second{${track},role="candidate"} 0.5`,
    ]);
  });

  it('are absent while the store does not answer', async () => {
    const registry = new Registry();
    rolloutGauges(registry)(() => Promise.reject(new TypeError('gone')));
    expect(await seriesOf(registry)).toEqual([]);
  });
});

describe('the figures of the host', () => {
  it('say how its instances stand', async () => {
    const registry = new Registry();
    const give = hostGauges(registry);
    expect(await seriesOf(registry)).toEqual([]);
    give(async () => HOST);
    const series = await seriesOf(registry);
    const revision = 'track="shop/production/web",revision="web-1"';
    expect(series).toContain('sluice_host_up 1');
    expect(series).toContain('sluice_host_start_time_seconds 1700000000');
    expect(series).toContain('sluice_host_router_workers{state="ready"} 2');
    expect(series).toContain(`sluice_host_instances{${revision},state="ready"} 2`);
    expect(series).toContain(`sluice_host_instances{${revision},state="starting"} 0`);
    expect(series).toContain(`sluice_host_instances_ordered{${revision}} 3`);
    expect(series).toContain(`sluice_host_unexpected_exits{${revision}} 4`);
    expect(series).toContain(`sluice_host_crash_looping{${revision}} 1`);
  });

  it('of one that does not answer say that, and nothing else', async () => {
    const registry = new Registry();
    hostGauges(registry)(() => Promise.reject(new TypeError('no socket')));
    expect(await seriesOf(registry)).toEqual(['sluice_host_up 0']);
  });
});
