import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkHygiene } from './hygiene.ts';

const rulesBrokenBy = (path: string, text: string): string[] =>
  checkHygiene(sourceTreeOf({ [path]: text }), 'builder-0042').map(({ rule, line }) => `${line} ${rule}`);

test.each([
  ['.npmrc.txt', 'registry=https://registry.npmjs.org/', ['1 registry-address']],
  ['docs/guide.md', 'see\nhttps://npm.example.com/artifactory/api', ['2 registry-address']],
  ['package-lock.json', '  "resolved": "https://example.com/a.tgz",', ['1 registry-address']],
  ['docs/guide.md', 'run it in /work/main', ['1 machine-path']],
  ['docs/guide.md', 'copied to `/tmp/x`', ['1 machine-path']],
  ['docs/guide.md', 'below /home/someone/project', ['1 machine-path']],
  ['packages/benchmarks/results/router.txt', 'log: /tmp/run/log', ['1 machine-path']],
  ['deploy/up.sh', 'cd /root/project', ['1 machine-path']],
  ['packages/host/src/a.ts', "const root = '/work/main/x';", ['1 machine-path']],
  ['packages/benchmarks/results/router.txt', 'machine: builder-0042', ['1 machine-name']],
  ['packages/host/src/a.ts', '// TODO: later', ['1 todo-without-issue']],
])('%s may not say %j', (path, text, broken) => {
  expect(rulesBrokenBy(path, text)).toEqual(broken);
});

test.each([
  ['.npmrc', 'omit-lockfile-registry-resolved=true'],
  ['package-lock.json', '  "resolved": "packages/core",'],
  ['docs/guide.md', 'https://example.com/work/items and ./tmp/x and $HOME/work/x'],
  ['packages/host/src/a.ts', "const socket = '/tmp/sluice.sock'; const route = '/work/items';"],
  ['packages/host/src/a.ts', '// TODO(#12): take this out when hosts speak HTTP/3.'],
])('%s may say %j', (path, text) => {
  expect(rulesBrokenBy(path, text)).toEqual([]);
});

test('a host name that is an ordinary word is let through', () => {
  expect(checkHygiene(sourceTreeOf({ 'docs/a.md': 'the host builds' }), 'host')).toEqual([]);
});
