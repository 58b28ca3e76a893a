import { expect, it } from 'vitest';
import { parseApplication } from './parse-application.ts';

const parse = (component: string, rest = '') =>
  parseApplication(`application: a\ncomponents:\n  triage: { run: ./work, ${component} }\n${rest}`, {
    ...{ file: 'sluice.yaml', baseDirectory: '/srv/app' },
  });

it('fills in what a component of agents leaves out', () => {
  const outcome = parse('kind: agents, strategy: canary');
  expect(outcome).toMatchObject({ ok: true });
  const [component] = outcome.ok ? outcome.application.components : [];
  expect(component?.agents).toEqual({
    retry: {
      ...{ maxFailures: 4, initialMs: 1_000, factor: 2, maxMs: 60_000, jitter: 0.5 },
      classes: ['transient', 'rate-limited', 'timeout', 'tool', 'model', 'crash', 'lost'],
    },
    unfinished: 'finish',
  });
});

it('reads what it says, and says nothing of agents for a service', () => {
  const said =
    'kind: agents, agents: { retry: { failures: 1, pause: 5s, longest: 10s, of: [timeout] }, unfinished: move }';
  const outcome = parse(said);
  const [component] = outcome.ok ? outcome.application.components : [];
  expect(component?.agents).toMatchObject({
    retry: { maxFailures: 1, initialMs: 5_000, maxMs: 10_000, classes: ['timeout'] },
    unfinished: 'move',
  });
  const service = parse('route: /');
  expect(service.ok && 'agents' in (service.application.components[0] ?? {})).toBe(false);
});

it('lets a service and agents stand beside each other without routes of their own', () => {
  const outcome = parse('kind: agents', '  web: { run: ./serve }');
  expect(outcome).toMatchObject({ ok: true });
});

it.each([
  ['kind: agents, route: /x', 'agents get tasks and no requests, so that route means nothing'],
  ['kind: agents, user: address', 'so that user means nothing'],
  ['agents: { unfinished: move }', 'is a service; write "kind: agents" beside it'],
  ['kind: agents, user: { header: X-User }, strategy: { ab: { goal: /x } }', 'splits requests by users'],
  ['kind: agents, strategy: shadow', 'splits requests by users or copies them'],
  ['kind: agent', 'agents'],
  ['kind: agents, agents: { retry: { failures: 0 } }', '1 to 100'],
])('refuses %s', (component, words) => {
  const outcome = parse(component);
  const messages = outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
  expect(messages.join('\n')).toContain(words);
});
