/** `npm run bench [-- NAME… ] `: measures the published figures again; without names all of them, one after another. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BENCHMARKS = [
  'judge',
  'router',
  'live-rollouts',
  'decide',
  'api',
  'same-release',
  'agent-canaries',
  'pools',
  'scheduling',
  'cluster-mirror',
  'kubernetes-rollouts',
  'tasks',
  'ledger',
  'access',
  'dashboard',
] as const;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(BENCHMARKS as readonly string[]).includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are ${BENCHMARKS.join(', ')}.\n`);
  process.exit(2);
}
for (const name of BENCHMARKS.filter((each) => wanted.length === 0 || wanted.includes(each))) {
  const main = fileURLToPath(new URL(`${name}/main.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, [main], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
