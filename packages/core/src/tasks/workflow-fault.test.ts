import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { trackId } from '../kernel/ids.ts';
import { checkedWorkflow } from './workflow-fault.ts';
import { USUAL_LIMITS, type WorkflowNode, type WorkflowSpec } from './workflow-spec.ts';

const node = (
  name: string,
  after: readonly string[] = [],
  more: Partial<WorkflowNode> = {},
): WorkflowNode => ({
  ...{ name, after, join: 'all', track: trackId('shop', 'local', 'agent'), input: null, ...more },
});
const spec = (nodes: readonly WorkflowNode[], more: Partial<WorkflowSpec> = {}): WorkflowSpec => ({
  ...{ name: 'w', nodes, onFailure: 'fail', limits: USUAL_LIMITS, input: null, deadlineAt: null, ...more },
});
const many = (count: number, after: readonly string[] = []) =>
  Array.from({ length: count }, (_, n) => node(`n${n}`, after));

describe('a workflow is refused, with what is wrong and what to do,', () => {
  test.each([
    ['without a task', spec([]), 'it has no task'],
    ['without a name', spec([node('a')], { name: '' }), 'its name has 0 characters'],
    ['with an odd name of a task', spec([node('a b')]), "a task is called 'a b'"],
    ['with two of a name', spec([node('a'), node('a')]), 'two of its tasks are called a'],
    ['that waits for what is not there', spec([node('a', ['z'])]), "waits for 'z', which is not among"],
    ['that waits twice for one', spec([node('a'), node('b', ['a', 'a'])]), 'waits twice'],
    ['with a quorum of too many', spec([node('a'), node('b', ['a'], { join: { quorum: 2 } })]), '2 of 1'],
    ['that waits for itself', spec([node('a', ['a'])]), 'in a circle: a waits for a'],
    [
      'with a circle, whose path is shown',
      spec([node('in'), node('a', ['in', 'c']), node('b', ['a']), node('c', ['b']), node('out', ['c'])]),
      'in a circle: a waits for c waits for b waits for a.',
    ],
    [
      'that refers to what it does not wait for',
      spec([node('a'), node('b', [], { input: { x: { $result: 'a' } } })]),
      "the input of b refers to the result of 'a'",
    ],
    [
      'that would be undone by the result of another one',
      spec([node('a'), node('b', ['a'], { compensation: { ...node('u'), input: { $result: 'a' } } })]),
      'what undoes b refers to',
    ],
    [
      'with more tasks than it may have',
      spec(many(4), { limits: { ...USUAL_LIMITS, tasks: 3 } }),
      '3 are the most',
    ],
    [
      'with more behind one task than there may be',
      spec([node('a'), ...many(101, ['a'])]),
      '101 tasks wait for a, and 100 are the most',
    ],
    ['with a limit that is none', spec([node('a')], { limits: { ...USUAL_LIMITS, depth: 0 } }), 'depth is 0'],
    [
      'with a negative cost',
      spec([node('a')], { limits: { ...USUAL_LIMITS, costMicros: -1 } }),
      'costMicros is -1',
    ],
  ])('%s', (_, given, words) => {
    const checked = checkedWorkflow(given);
    expect(checked).toMatchObject({ ok: false, refusal: { message: expect.stringContaining(words) } });
    if (!checked.ok) expect(checked.refusal.remedy).not.toBe('');
  });

  it('with a long circle, of which both ends are shown', () => {
    const long = Array.from({ length: 50 }, (_, n) => node(`n${n}`, [`n${(n + 1) % 50}`]));
    const checked = checkedWorkflow(spec(long));
    expect(checked.ok ? '' : checked.refusal.message).toMatch(
      /n0 waits for n1 .*… waits for .*n49 waits for n0/,
    );
  });
});

it('a thousand tasks between a first and a last one are taken where the limit says so', () => {
  const middle = many(1_000, ['first']);
  const nodes = [
    node('first'),
    ...middle,
    node(
      'last',
      middle.map(({ name }) => name),
    ),
  ];
  expect(checkedWorkflow(spec(nodes, { limits: { ...USUAL_LIMITS, fanOut: 1_000 } })).ok).toBe(true);
});

it('whatever waits only for earlier ones is taken, and with one line back it is a circle or none by its path', () => {
  const graphs = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(graphs, fc.nat(), fc.nat(), (lines, from, to) => {
      const nodes = lines.map((line, n) =>
        node(`n${n}`, n === 0 ? [] : [...new Set(line.map((one) => `n${one % n}`))]),
      );
      expect(checkedWorkflow(spec(nodes)).ok).toBe(true);
      const [a, b] = [from % nodes.length, to % nodes.length].toSorted((x, y) => x - y) as [number, number];
      const back = nodes.map((one, n) =>
        n === a ? node(one.name, [...new Set([...one.after, `n${b}`])]) : one,
      );
      const reaches = (at: number): boolean =>
        at === a || (nodes[at]?.after ?? []).some((name) => reaches(Number(name.slice(1))));
      expect(checkedWorkflow(spec(back)).ok).toBe(!reaches(b));
    }),
  );
});
