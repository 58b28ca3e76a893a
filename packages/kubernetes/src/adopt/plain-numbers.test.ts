import { expect, test } from 'vitest';
import { readManifests } from './read-manifests.ts';

const read = (scalar: string): ReturnType<typeof readManifests> =>
  readManifests(
    `apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  v: ${scalar}\n`,
    'web.yaml',
  );

/** Scalars, and what `sigs.k8s.io/yaml` 1.6.0, by which kubectl 1.34 reads files, makes of each as JSON. */
const AS_KUBECTL_READS: readonly (readonly [scalar: string, json: string])[] = [
  ['e1', '"e1"'],
  ['E10', '"E10"'],
  ['.e1', '".e1"'],
  ['-e2', '"-e2"'],
  ['+e1', '"+e1"'],
  ['.', '"."'],
  ['._', '"._"'],
  ['+', '"+"'],
  ['-_', '"-_"'],
  ['_1', '"_1"'],
  ['+_1', '1'],
  ['1e2', '100'],
  ['12e03', '12000'],
  ['1e+3', '1000'],
  ['1E-3', '0.001'],
  ['1_e2', '100'],
  ['1_000', '1000'],
  ['1__', '1'],
  ['-1_0.5', '-10.5'],
  ['1_0.0_5e1_0', '100500000000'],
  ['0o7', '7'],
  ['0O7', '7'],
  ['0o8', '"0o8"'],
  ['07', '7'],
  ['08', '8'],
  ['0_7', '7'],
  ['-07', '-7'],
  ['0777', '511'],
  ['0x1F', '31'],
  ['0X1f', '31'],
  ['0x_1F', '31'],
  ['+0x1F', '31'],
  ['0xg', '"0xg"'],
  ['0x1p4', '"0x1p4"'],
  ['0b11', '3'],
  ['0B11', '3'],
  ['-0b1', '-1'],
  ['0b12', '"0b12"'],
  ['1:30', '"1:30"'],
  ['190:20:30', '"190:20:30"'],
  ['2001-12-14', '"2001-12-14"'],
  ['2001-12-14 10:00:00', '"2001-12-14 10:00:00"'],
  ['1-1', '"1-1"'],
  ['1..2', '"1..2"'],
  ['.5', '0.5'],
  ['+.5', '0.5'],
  ['._5', '"._5"'],
  ['.5_0', '0.5'],
  ['5.', '5'],
  ['5._', '5'],
  ['1.e3', '1000'],
  ['1e', '"1e"'],
  ['1e+', '"1e+"'],
  ['-0', '0'],
  ['00', '0'],
  ['1e400', '"1e400"'],
  ['.5e400', '".5e400"'],
  ['1e-400', '0'],
  ['inf', '"inf"'],
  ['.Inf_', '".Inf_"'],
  ['NaN', '"NaN"'],
  ['123456789012345678901234567890', '1.2345678901234568e+29'],
  ['-9223372036854775809', '-9223372036854776000'],
  ['0x1FFFFFFFFFFFFFFFF', '"0x1FFFFFFFFFFFFFFFF"'],
  ['yes', 'true'],
  ['n', 'false'],
  ['Y', 'true'],
  ['on', 'true'],
  ['oFF', '"oFF"'],
  ['tRUE', '"tRUE"'],
  ['~', 'null'],
  ['Null', 'null'],
  ['nULL', '"nULL"'],
  ['=', '"="'],
  ['!!str 5', '"5"'],
  ['!!int "5"', '5'],
  ['!!float 5', '5'],
  ['!!int 0o7', '7'],
  ['!!bool y', 'true'],
];

test.each(AS_KUBECTL_READS)('%s is read as %s', (scalar, json) => {
  const reading = read(scalar);
  expect(reading.ok && JSON.stringify(reading.documents[0]?.object.spec)).toBe(`{"v":${json}}`);
});

test.each([
  '.inf',
  '-.Inf',
  '+.INF',
  '.nan',
  '.NaN',
  '!!int a',
  '!!int 1.5',
  '!!float e1',
  '!!bool 1',
  '!!null x',
])('%s is refused, as by kubectl', (scalar) => {
  const reading = read(scalar);
  expect(reading.ok || reading.faults.map(({ line, message }) => [line, message])).toEqual([
    [5, expect.stringContaining('This is not YAML that kubectl would read')],
  ]);
});
