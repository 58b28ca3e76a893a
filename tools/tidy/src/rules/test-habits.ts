import type { CallExpression, Expression, NewExpression, Super } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';
import { syntaxNodesOf } from '../syntax-nodes.ts';

/** The functions of the test runner whose `.skip`, `.todo` and their kin leave a test out. */
const runnerNames = new Set(['it', 'test', 'describe', 'suite']);
const leavesOut = new Set(['skip', 'skipIf', 'runIf', 'todo', 'fails']);

/** Refuses tests that sleep, and tests left out without a stated reason; `.only` is the linter's. */
export function checkTestHabits(tree: SourceTree): Finding[] {
  return tree.sources.filter(({ path }) => /\.(test|contract)\.ts$/.test(path)).flatMap(checkFile);
}

function checkFile(file: SourceFile): Finding[] {
  const timers = promiseTimersOf(file);
  return file.nodes.flatMap((node) => {
    if (node.type === 'NewExpression' && isSleepingPromise(node))
      return unlessExcused(file, node.start, sleeps);
    if (node.type !== 'CallExpression') return [];
    if (node.callee.type === 'Identifier' && timers.has(node.callee.name))
      return unlessExcused(file, node.start, sleeps);
    return isLeftOut(node) ? unlessExcused(file, node.start, leftOut) : [];
  });
}

type Complaint = Pick<Finding, 'rule' | 'problem' | 'remedy'>;

const sleeps: Complaint = {
  rule: 'no-sleep',
  problem: 'a test waits for time to pass: slow when the machine is fast, wrong when it is slow',
  remedy:
    'wait for the event itself, or say in a comment on this line or the one above why only time will do',
};

const leftOut: Complaint = {
  rule: 'skip-reason',
  problem: 'a test is left out and nothing says why',
  remedy: 'give the reason in a comment on this line or the one above, and print it with reportSkip',
};

/** An excuse is a line comment of three words or more on the same line or just above it. */
function unlessExcused(file: SourceFile, offset: number, complaint: Complaint): Finding[] {
  const line = file.lineAt(offset);
  const excused = file.comments.some((comment) => {
    const distance = line - file.lineAt(comment.start);
    return (
      comment.type === 'Line' &&
      (distance === 0 || distance === 1) &&
      comment.value.trim().split(/\s+/).length >= 3
    );
  });
  return excused ? [] : [{ file: file.path, line, ...complaint }];
}

/** Local names of what is imported from the promise timers: all of it waits for time to pass. */
function promiseTimersOf(file: SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.program.body) {
    if (statement.type !== 'ImportDeclaration' || !/^(node:)?timers\/promises$/.test(statement.source.value))
      continue;
    for (const { local } of statement.specifiers) names.add(local.name);
  }
  return names;
}

/** `new Promise((resolve) => setTimeout(resolve, …))`; a timer that only rejects is a deadline and is fine. */
function isSleepingPromise(node: NewExpression): boolean {
  const executor = node.arguments[0];
  if (node.callee.type !== 'Identifier' || node.callee.name !== 'Promise') return false;
  if (executor?.type !== 'ArrowFunctionExpression' && executor?.type !== 'FunctionExpression') return false;
  const resolve = executor.params[0];
  if (resolve?.type !== 'Identifier') return false;
  return syntaxNodesOf(executor).some((inner) => {
    if (inner.type !== 'CallExpression' || calledName(inner.callee) !== 'setTimeout') return false;
    const [callback] = inner.arguments;
    return callback !== undefined && callback.type !== 'SpreadElement' && settles(callback, resolve.name);
  });
}

/** True when the timer's callback is `resolve`, or calls it. */
function settles(callback: Expression, resolve: string): boolean {
  if (callback.type === 'Identifier') return callback.name === resolve;
  return syntaxNodesOf(callback).some(
    (node) => node.type === 'CallExpression' && calledName(node.callee) === resolve,
  );
}

function isLeftOut(node: CallExpression): boolean {
  const chain = memberChain(node.callee);
  const root = chain[0];
  if (chain.length < 2 || root === undefined) return false;
  if (runnerNames.has(root)) return chain.slice(1).some((name) => leavesOut.has(name));
  // `context.skip('why')` carries its reason with it.
  return chain.at(-1) === 'skip' && /^(context|ctx|task)$/.test(root) && node.arguments.length === 0;
}

/** `describe.concurrent.skip` as its three names; empty for anything that is not a plain chain. */
function memberChain(node: Expression | Super): string[] {
  if (node.type === 'Identifier') return [node.name];
  if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return [];
  const before = memberChain(node.object);
  return before.length === 0 ? [] : [...before, node.property.name];
}

function calledName(node: Expression | Super): string | undefined {
  return memberChain(node).at(-1);
}
