import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { agentGauges, type LineFigures } from './agent-gauges.ts';
import { attemptInstruments } from './attempt-instruments.ts';

const LINE: LineFigures = {
  ...{ track: trackId('shop', 'local', 'triage'), revision: revisionId('triage-1') },
  ...{ waiting: 3, scheduled: 2, running: 4, oldestMs: 1500, wantedWorkers: 7 },
  ...{ workers: { busy: 4, idle: 1, ejected: 1, probed: 0 }, completionRate: 0.75, spawnSuccessRate: null },
};

async function seriesOf(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the figures of agents', () => {
  it('stand by track and revision, and what nobody knows is left out', async () => {
    const registry = new Registry();
    const give = agentGauges(registry);
    expect(await seriesOf(registry)).toEqual([]);
    give(async () => [LINE]);
    const labels = '{track="shop/local/triage",revision="triage-1"';
    expect(await seriesOf(registry)).toEqual([
      `agent_queue_length${labels}} 3`,
      `agent_queue_depth${labels}} 9`,
      `agent_queue_oldest_seconds${labels}} 1.5`,
      `agent_workers_ejected${labels}} 1`,
      `agent_workers_probed${labels}} 0`,
      `agent_tasks_running${labels}} 4`,
      `agent_workers_wanted${labels}} 7`,
      `task_completion_rate${labels}} 0.75`,
      `agent_workers${labels},state="busy"} 4`,
      `agent_workers${labels},state="idle"} 1`,
    ]);
  });

  it('are left out when the store does not answer, and bounded when there are too many', async () => {
    const registry = new Registry();
    agentGauges(registry)(() => Promise.reject(new TypeError('gone')));
    expect(await seriesOf(registry)).toEqual([]);
    const many = new Registry();
    const lines = Array.from({ length: 900 }, (_, n) => ({ ...LINE, revision: revisionId(`triage-${n}`) }));
    agentGauges(many)(async () => lines);
    const lengths = (await seriesOf(many)).filter((line) => line.startsWith('agent_queue_length'));
    expect(lengths).toHaveLength(500);
  });
});

describe('the instruments of attempts', () => {
  const line = (n: number) => ({ queue: LINE.track, revision: revisionId(`triage-${n}`) });

  it('count how long tasks wait and take, and how they end', async () => {
    const registry = new Registry();
    const instruments = attemptInstruments(registry);
    instruments.began(line(1), 40);
    instruments.ended(line(1), { hasFailed: false, durationMs: 200 });
    instruments.ended(line(1), { hasFailed: true, durationMs: 7_000 });
    const series = await seriesOf(registry);
    const labels = 'track="shop/local/triage",revision="triage-1"';
    expect(series).toContain(`agent_task_wait_seconds_bucket{le="0.05",${labels}} 1`);
    expect(series).toContain(`agent_task_duration_seconds_sum{${labels},outcome="failed"} 7`);
    expect(series).toContain(`agent_task_attempts_total{${labels},outcome="succeeded"} 1`);
  });

  it('forget a revision of which nothing was heard for long when there are many', async () => {
    const registry = new Registry();
    const instruments = attemptInstruments(registry);
    for (let n = 0; n < 250; n++) instruments.ended(line(n), { hasFailed: false, durationMs: 1 });
    const counted = (await seriesOf(registry)).filter((text) => text.startsWith('agent_task_attempts_total'));
    expect(counted).toHaveLength(200);
    expect(counted.join()).not.toContain('"triage-0"');
  });
});
