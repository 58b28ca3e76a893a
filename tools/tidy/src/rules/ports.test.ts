import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkPorts, portFilesOf } from './ports.ts';

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

test('the port files are the port and the words it takes from beside it, and not the contract', () => {
  const tree = sourceTreeOf({
    [port]:
      "import type { RevisionRecord } from './revision-record.ts';\nimport type { Log } from '../telemetry/log.ts';\n",
    [contract]: "import { fakes } from './fakes.ts';\n",
    'packages/server/src/targets/revision-record.ts': '',
    'packages/server/src/targets/capacity.ts': '',
  });
  expect([...portFilesOf(tree)]).toEqual([port, 'packages/server/src/targets/revision-record.ts']);
});
