import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkPorts, isPort } from './ports.ts';

const port = 'packages/server/src/targets/target.ts';
const contract = 'packages/server/src/targets/target.contract.ts';

const methods = (count: number): string =>
  `export interface Target {\n${Array.from({ length: count }, (_, at) => `  method${at}(): void;`).join('\n')}\n}\n`;

test('a port of seven methods passes and one of eight is refused', () => {
  expect(checkPorts(sourceTreeOf({ [port]: methods(7), [contract]: '' }))).toEqual([]);
  const [finding] = checkPorts(sourceTreeOf({ [port]: methods(8), [contract]: '' }));
  expect(finding).toMatchObject({ file: port, line: 1, problem: expect.stringContaining('8 methods') });
});

test('an interface without a contract is no port and may be as large as it is', () => {
  expect(checkPorts(sourceTreeOf({ [port]: methods(9) }))).toEqual([]);
});

test('a contract without its port is refused', () => {
  expect(checkPorts(sourceTreeOf({ [contract]: '' })).map(({ rule }) => rule)).toEqual(['port-contract']);
});

test('a port is the file with a contract beside it, and the contract is none', () => {
  const tree = sourceTreeOf({ [port]: '', [contract]: '', 'packages/server/src/targets/capacity.ts': '' });
  expect(isPort(tree, port)).toBe(true);
  expect(isPort(tree, contract)).toBe(false);
  expect(isPort(tree, 'packages/server/src/targets/capacity.ts')).toBe(false);
});
