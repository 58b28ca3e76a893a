import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KubernetesRig } from './kubernetes-rig.ts';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await KubernetesRig.start();
});
afterAll(() => rig.close());

const web = (image: string, strategy: string, more = ''): string =>
  rig.file(`{ image: "registry.example/web:${image}", instances: 3, strategy: ${strategy}${more} }`);
const CANARY = '{ canary: { phases: [ { share: 34%, hold: 1s } ], keep-old: 0s } }';
const BLUE_GREEN = '{ blue-green: { bake: 1s, keep-old: 0s } }';

describe('releases on a cluster', () => {
  test('a first release becomes stable and serves through the Service of the track', async () => {
    await rig.deploy(web('1', CANARY), 'v1');
    const track = await rig.stable('v1');
    expect(track.splitConfirmed).toBe(true);
    const service = await rig.read('v1', 'Service', 'shop-local-web');
    expect(service.spec?.['selector']).toMatchObject({ 'sluice.dev/revision': track.stable?.revision });
  });

  test('a canary goes through its shares, and nothing of the old revision is left at the end', async () => {
    const { rollouts } = await rig.deploy(web('2', CANARY), 'v2');
    expect(rollouts[0]?.plan.steps.map(({ words }) => words)).toContain('shift to 66.67%');
    const shares: number[] = [];
    await rig.until((track) => {
      const share = track.split.weights.find(({ revision }) => revision === track.active?.candidate);
      if (share) shares.push(share.basisPoints);
      expect(track.last?.version).toBe('v2');
    });
    await rig.stable('v2');
    expect(shares).toContain(6667);
    await rig.until(({ revisions }) => expect(revisions.map(({ version }) => version)).toEqual(['v2']));
    expect(await rig.list('apps/v1', 'Deployment')).toHaveLength(1);
  });

  test('traffic is not switched before the whole new set is ready (argo-rollouts#3941)', async () => {
    const slow = ', kubernetes: { annotations: { play.sluice.dev/ready-after: 3s } }';
    await rig.deploy(web('3', BLUE_GREEN, slow), 'v3');
    const early: unknown[] = [];
    await rig.until((track) => {
      const candidate = track.revisions.find(({ version }) => version === 'v3');
      if ((candidate?.ready ?? 0) < 3 && (candidate?.shareBasisPoints ?? 0) > 0) early.push(track);
      expect(candidate).toMatchObject({ ordered: 3, ready: 3 });
    });
    expect(early).toEqual([]);
    await rig.stable('v3');
  });

  test('a candidate that is never ready takes nothing from stable, and is taken back at the deadline', async () => {
    const never = ', kubernetes: { annotations: { play.sluice.dev/ready: never } }';
    const strategy =
      '{ canary: { phases: [ { share: 34%, hold: 1s } ], progress-deadline: 10s, keep-old: 0s } }';
    await rig.deploy(web('4', strategy, never), 'v4');
    const ofStable: (number | null | undefined)[] = [];
    const track = await rig.until(({ revisions, last }) => {
      const stable = revisions.find(({ version }) => version === 'v3');
      ofStable.push(stable?.ordered, stable?.ready);
      expect(last?.version).toBe('v4');
    });
    expect(new Set(ofStable)).toEqual(new Set([3]));
    expect(track.stable?.version).toBe('v3');
    expect(track.last).toMatchObject({ phase: 'rolled-back' });
    await rig.until(({ revisions }) =>
      expect(revisions).toEqual([expect.objectContaining({ version: 'v3', ready: 3 })]),
    );
  });

  test('a candidate that ends again and again is taken back, and the exit code is told', async () => {
    const crash =
      ', kubernetes: { annotations: { play.sluice.dev/crash: loop, play.sluice.dev/exit-code: "3" } }';
    await rig.deploy(web('5', CANARY, crash), 'v5');
    const track = await rig.until(({ last }) => expect(last?.version).toBe('v5'));
    expect(JSON.stringify(track.last)).toMatch(/exit code 3/);
    expect(track.stable?.version).toBe('v3');
  });

  test('a new template in the middle of a rollout replaces it, and leaves nothing of it', async () => {
    const long = '{ canary: { phases: [ { share: 34%, hold: 10m } ], keep-old: 0s } }';
    await rig.deploy(web('6', long), 'v6');
    await rig.until(({ active }) => expect(active?.phase).toMatch(/running|held/));
    await rig.deploy(web('7', CANARY), 'v7');
    await rig.stable('v7');
    await rig.until(({ revisions }) => expect(revisions.map(({ version }) => version)).toEqual(['v7']));
  });

  test('a control plane that is killed in the middle of a rollout goes on where it was', async () => {
    const strategy = '{ canary: { phases: [ { share: 34%, hold: 5s } ], keep-old: 0s } }';
    await rig.deploy(web('8', strategy), 'v8');
    await rig.until(({ active }) => expect(active?.phase).toMatch(/running|held/));
    await rig.killServer();
    await rig.startServer();
    await rig.stable('v8');
  });
});
