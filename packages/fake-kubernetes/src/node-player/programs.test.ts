import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Pod, isReady } from '../controllers/objects/pod.ts';
import { PODS } from '../controllers/objects/resource.ts';
import { TestCluster } from '../controllers/testing/test-cluster.ts';

const PORT = 8080;
/** Says who it is and ends with a code when it is asked to; how it takes SIGTERM is given. */
const programThat = (onTerm: string): string => `
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/exit') process.exit(7);
    const isReady = globalThis.sick !== true || request.url !== '/ready';
    if (request.url === '/sick') globalThis.sick = true;
    response.writeHead(isReady ? 200 : 503).end(process.env.POD_NAME + ' ' + process.pid);
  }).listen(${PORT}, process.env.POD_IP);
  process.stdin.on('end', () => process.exit()).resume();
  process.on('SIGTERM', () => { ${onTerm} });`;
const PROGRAMS: Readonly<Record<string, string>> = {
  'test/polite:1': programThat('process.exit(0)'),
  'test/stubborn:1': programThat(''),
};

let cluster: TestCluster;
beforeAll(async () => {
  const programs = ({ spec }: Pod) => {
    const image = spec.containers[0]?.image ?? '';
    if (image === 'test/missing:1') return { command: '/nowhere/at/all', args: [], env: {} };
    const source = PROGRAMS[image];
    return source === undefined ? null : { command: process.execPath, args: ['-e', source], env: {} };
  };
  cluster = await TestCluster.start({ nodes: { delayMs: 10, backOffMs: 50, programs } }, 1);
});
afterAll(() => cluster.close());

const fieldOf = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const env = [fieldOf('POD_NAME', 'metadata.name'), fieldOf('POD_IP', 'status.podIP')];
const readinessProbe = { httpGet: { path: '/ready', port: PORT }, periodSeconds: 1, failureThreshold: 1 };

const run = async (name: string, image = 'test/polite:1', graceSeconds = 10): Promise<Pod> => {
  const containers = [{ name: 'main', image, env, readinessProbe }];
  await cluster.create(PODS, name, { spec: { containers, terminationGracePeriodSeconds: graceSeconds } });
  return cluster.untilOne(PODS, name, isReady);
};

const ask = async ({ status }: Pod, path = '/'): Promise<string> =>
  (await fetch(`http://${status?.podIP}:${PORT}${path}`)).text();
const processOf = async (pod: Pod): Promise<number> => Number((await ask(pod)).split(' ')[1]);
const restartsOf = ({ status }: Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;
const isGone = (name: string): Promise<unknown> =>
  cluster.pods((all) => all.every(({ metadata }) => metadata.name !== name));

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

it('a pod is a process that answers on its address, and is ready when that says so', async () => {
  const pod = await run('first');
  expect(pod.status?.podIP).toMatch(/^127\.66\./);
  expect(await ask(pod)).toMatch(/^first \d+$/);
  await ask(pod, '/sick');
  await cluster.untilOne(PODS, 'first', (one) => !isReady(one));
});

it('pods for which no program is named are played as ever', async () => {
  expect((await run('played', 'test/other:1')).status?.podIP).toMatch(/^10\./);
});

it('a process that exits is a container that ended, and is started again', async () => {
  const pod = await run('exiting');
  const before = await processOf(pod);
  await ask(pod, '/exit').catch(() => undefined);
  const again = await cluster.untilOne(PODS, 'exiting', (one) => restartsOf(one) === 1 && isReady(one));
  expect(again.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 7 });
  expect(await processOf(again)).not.toBe(before);
  await ask(pod, '/exit').catch(() => undefined);
  await cluster.untilOne(PODS, 'exiting', (one) => restartsOf(one) === 2 && isReady(one));
});

it('a pod that is deleted is gone when its process has ended, which its grace enforces', async () => {
  for (const [name, image, graceSeconds] of [
    ['polite', 'test/polite:1', 30],
    ['stubborn', 'test/stubborn:1', 1],
  ] as const) {
    const id = await processOf(await run(name, image, graceSeconds));
    expect(isAlive(id)).toBe(true);
    await cluster.remove(PODS, name);
    await isGone(name);
    expect(isAlive(id)).toBe(false);
  }
});

it('a program that does not start is a container that does not', async () => {
  await cluster.create(PODS, 'missing', {
    spec: { containers: [{ name: 'main', image: 'test/missing:1' }] },
  });
  const pod = await cluster.untilOne(PODS, 'missing', (one) => restartsOf(one) >= 2);
  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 127 });
  await cluster.remove(PODS, 'missing', { gracePeriodSeconds: 0 });
});

it('nothing runs on after the player', async () => {
  const other = await TestCluster.start(
    {
      nodes: {
        programs: () => ({
          command: process.execPath,
          args: ['-e', PROGRAMS['test/stubborn:1'] ?? ''],
          env: {},
        }),
      },
    },
    1,
  );
  await other.create(PODS, 'left', {
    spec: { containers: [{ name: 'main', image: 'any', env, readinessProbe }] },
  });
  const id = await processOf(await other.untilOne(PODS, 'left', isReady));
  await other.close();
  expect(isAlive(id)).toBe(false);
});
