/**
 * Runs the tests that a real cluster can take against the one that SLUICE_TEST_KUBECONFIG names: any kube-apiserver with
 * its controller manager and scheduler. Its nodes are played, unless it has some: `--own-nodes`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const VARIABLE = 'SLUICE_TEST_KUBECONFIG';
const root = fileURLToPath(new URL('../../..', import.meta.url));
const PLAYER = 'packages/fake-kubernetes/src/node-player/main.ts';
/** Everything that does not need a fault which only the fake cluster can be told to have. */
const TESTS = [
  'packages/fake-kubernetes/src/conformance',
  'packages/server/src/kubernetes/cluster-client.test.ts',
  'packages/server/src/targets/kubernetes',
  'packages/server/src/routing/cluster',
  'packages/server/test/kubernetes/rollouts.test.ts',
  'packages/server/test/kubernetes/in-place.test.ts',
  'packages/server/test/kubernetes/agents.test.ts',
  'packages/server/test/kubernetes/agents-autoscaler.test.ts',
];

const kubeconfig = process.env[VARIABLE];
if (kubeconfig === undefined || kubeconfig === '') {
  console.error(
    `${VARIABLE} is not set: it names the kubeconfig of a cluster that is there for tests, in which everything may be done.`,
  );
  process.exit(2);
}
const nodes = process.argv.includes('--own-nodes') ? undefined : await startPlayer(kubeconfig);
const run = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...TESTS], {
  cwd: root,
  stdio: 'inherit',
});
const [code] = (await once(run, 'exit')) as [number | null];
nodes?.removeAllListeners('exit');
nodes?.kill('SIGTERM');
process.exit(code ?? 1);

/** Resolves when the nodes are there; what it prints after goes on to be seen. */
async function startPlayer(path: string): Promise<ChildProcess> {
  const args = ['--disable-warning=ExperimentalWarning', PLAYER, '--kubeconfig', path, '--nodes', '3'];
  const player = spawn(process.execPath, [...args, '--delay', '100ms'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(player, 'exit').then(([code]) => {
    console.error(`Nobody plays the nodes: ${PLAYER} ended with ${code}.`);
    return process.exit(1);
  });
  await Promise.race([once(player.stdout, 'data'), ended]);
  player.stdout.pipe(process.stdout);
  return player;
}
