import { expect, it } from 'vitest';
import { parseApplication } from './parse-application.ts';

const parse = (sandbox: string, more = '') =>
  parseApplication(
    `application: a\ncomponents:\n  triage: { run: ./work, kind: agents, agents: { sandbox: ${sandbox} } ${more} }\n`,
    { file: 'sluice.yaml', baseDirectory: '/srv/app' },
  );
const sandboxOf = (outcome: ReturnType<typeof parse>) =>
  outcome.ok ? outcome.application.components[0]?.agents?.sandbox : undefined;

it('has no network in bubblewrap, and no limits that nobody asked for', () => {
  expect(sandboxOf(parse('{ kind: bubblewrap }'))).toEqual({
    ...{ kind: 'bubblewrap', network: 'none', readable: [], writable: [], scratchBytes: 64 * 1024 ** 2 },
    ...{ memoryPerProcessBytes: 0, processes: 0, openFiles: 0, fileBytes: 0 },
  });
  expect(sandboxOf(parse('{ kind: plain }'))).toMatchObject({ kind: 'plain', network: 'host' });
});

it('reads what is written', () => {
  const written =
    '{ kind: bubblewrap, network: host, readable: [/opt/models/], writable: [/var/lib/x], scratch: 1Gi, memory-per-process: 512Mi, processes: 64, open-files: 100, file-size: 10Mi }';
  expect(sandboxOf(parse(written))).toEqual({
    ...{ kind: 'bubblewrap', network: 'host', readable: ['/opt/models'], writable: ['/var/lib/x'] },
    ...{ scratchBytes: 1024 ** 3, memoryPerProcessBytes: 512 * 1024 ** 2, processes: 64 },
    ...{ openFiles: 100, fileBytes: 10 * 1024 ** 2 },
  });
});

it.each([
  ['{ network: none }', '', 'kind'],
  ['{ kind: docker }', '', 'plain'],
  ['{ kind: plain, network: none }', '', 'cannot be kept from a plain process'],
  ['{ kind: plain, writable: [/x] }', '', 'means nothing for a plain process'],
  ['{ kind: bubblewrap, readable: [models] }', '', 'an absolute path'],
  ['{ kind: bubblewrap, readable: [/] }', '', 'everything there is'],
  ['{ kind: bubblewrap, writable: [/data], readable: [/data/in] }', '', 'in a folder that may be written'],
  ['{ kind: bubblewrap }', ', health: /healthz', 'nobody can ask for in the sandbox'],
  [
    '{ kind: bubblewrap }',
    ', target: { kubernetes: { cluster: eu, namespace: x } }',
    'made by the host of a machine',
  ],
])('refuses %s', (sandbox, more, words) => {
  const outcome = parse(sandbox, more);
  const messages = outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
  expect(messages.join('\n')).toContain(words);
});

it('lets a path be asked for where the network is that of the machine', () => {
  expect(parse('{ kind: bubblewrap, network: host }', ', health: /healthz')).toMatchObject({ ok: true });
});
