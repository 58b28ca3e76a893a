import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkTestHabits } from './test-habits.ts';

const rulesBrokenBy = (text: string, path = 'packages/host/src/router/proxy.test.ts'): string[] =>
  checkTestHabits(sourceTreeOf({ [path]: text })).map(({ rule, line }) => `${line} ${rule}`);

test.each([
  'await new Promise((resolve) => setTimeout(resolve, 10));',
  'await new Promise<void>((done) => { setTimeout(() => done(), 10); });',
  'await new Promise(function (go) { globalThis.setTimeout(go, 10); });',
])('%s sleeps and is refused', (text) => {
  expect(rulesBrokenBy(text)).toEqual(['1 no-sleep']);
});

test('waiting on the promise timers is sleeping, under any name', () => {
  expect(rulesBrokenBy("import { setTimeout as nap } from 'node:timers/promises';\nawait nap(5);\n")).toEqual(
    ['2 no-sleep'],
  );
});

test('a sleep passes when a comment on its line or the one above says why', () => {
  expect(
    rulesBrokenBy(
      '// The lease itself is measured in real time.\nawait new Promise((r) => setTimeout(r, 10));',
    ),
  ).toEqual([]);
  expect(
    rulesBrokenBy('await new Promise((r) => setTimeout(r, 10)); // the kernel has no event for this'),
  ).toEqual([]);
  expect(rulesBrokenBy('// why\nawait new Promise((r) => setTimeout(r, 10));')).toEqual(['2 no-sleep']);
});

test.each([
  "await once(server, 'listening');",
  'await new Promise((resolve, reject) => { setTimeout(() => reject(late), 10); server.once("end", resolve); });',
  'setTimeout(() => controller.abort(), 10);',
])('%s waits for an event, or sets a deadline, and passes', (text) => {
  expect(rulesBrokenBy(text)).toEqual([]);
});

test.each([
  "test.skip('a', () => {});",
  "describe.concurrent.skip('a', () => {});",
  "it.skipIf(process.platform === 'win32')('a', () => {});",
  "test.todo('a');",
  'context.skip();',
])('%s gives no reason and is refused', (text) => {
  expect(rulesBrokenBy(text)).toEqual(['1 skip-reason']);
});

test.each([
  "// HAProxy is not installed here.\ntest.skip('a', () => {});",
  "context.skip('HAProxy is not installed');",
  "stream.skip('a');",
  "test('skip is only a word', () => {});",
])('%j passes', (text) => {
  expect(rulesBrokenBy(text)).toEqual([]);
});

test('contracts are held to it, production code is not', () => {
  const sleep = 'await new Promise((resolve) => setTimeout(resolve, 10));';
  expect(rulesBrokenBy(sleep, 'packages/server/src/targets/target.contract.ts')).toEqual(['1 no-sleep']);
  expect(rulesBrokenBy(sleep, 'packages/host/src/router/backoff.ts')).toEqual([]);
});
