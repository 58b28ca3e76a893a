import { expect, it } from 'vitest';
import { parseApplication } from './parse-application.ts';

const parse = (agents: string) =>
  parseApplication(
    `application: a\ncomponents:\n  triage:\n    run: ./work\n    kind: agents\n    agents:\n${agents}`,
    { file: 'sluice.yaml', baseDirectory: '/srv/app' },
  );

it('reads which tools agents may call, in the order in which they stand in for each other', () => {
  const outcome = parse('      tools: { find-order: [find-order@2, orders@1.0] }');
  expect(outcome.ok && outcome.application.components[0]?.agents?.tools).toEqual([
    {
      name: 'find-order',
      servedBy: [
        { tool: 'find-order', version: '2' },
        { tool: 'orders', version: '1.0' },
      ],
    },
  ]);
});

it('reads hooks, and fills in what they leave out', () => {
  const outcome = parse(
    '      tools: { refund: [refund@1] }\n' +
      '      hooks:\n' +
      '        budget: { at: before-task, url: "http://127.0.0.1:9000/check" }\n' +
      '        clerk: { at: before-tool, run: node clerk.mjs, tools: [refund], timeout: 1s, on-error: allow }',
  );
  expect(outcome.ok && outcome.application.components[0]?.agents?.hooks).toEqual([
    {
      ...{ name: 'budget', at: 'before-task', timeoutMs: 5_000, onError: 'refuse', tools: null },
      action: { kind: 'http', url: 'http://127.0.0.1:9000/check' },
    },
    {
      ...{ name: 'clerk', at: 'before-tool', timeoutMs: 1_000, onError: 'allow', tools: ['refund'] },
      action: { kind: 'command', command: 'node clerk.mjs' },
    },
  ]);
});

it('leaves both out where the file says nothing, so that it makes no new revision', () => {
  const outcome = parse('      unfinished: retry');
  const agents = outcome.ok ? (outcome.application.components[0]?.agents ?? {}) : {};
  expect([Object.hasOwn(agents, 'tools'), Object.hasOwn(agents, 'hooks')]).toEqual([false, false]);
});

it.each([
  ['tools: { find-order: [find-order] }', 'a tool with its version, such as find-order@2'],
  ['tools: { Find_Order: [find-order@1] }', 'Find_Order'],
  ['tools: { find-order: [] }', 'must not be an empty list'],
  ['hooks: { a: { at: before-task } }', 'one of'],
  ['hooks: { a: { at: before-task, url: "ftp://x/" } }', 'an http or https address'],
  ['hooks: { a: { at: sometimes, run: x } }', 'before-task'],
  ['hooks: { a: { at: before-task, run: x, tools: [b] } }', 'is not about calls of tools'],
  ['hooks: { a: { at: before-tool, run: x, tools: [b] } }', 'the agents have no tool b'],
])('refuses %s', (agents, words) => {
  const outcome = parse(`      ${agents}`);
  const messages = outcome.ok
    ? []
    : outcome.diagnostics.map(({ message, expected }) => `${message} ${expected}`);
  expect(messages.join('\n')).toContain(words);
});
