import { expect, test } from 'vitest';
import { sandboxPathFault } from './sandbox-spec.ts';

const fault = (readable: string[], writable: string[] = []) => sandboxPathFault({ readable, writable });

test('paths that are apart are fine', () => {
  expect(fault(['/opt/models', '/opt/models-2'], ['/var/lib/agent'])).toBeNull();
  expect(fault(['/opt', '/opt/models'])).toBeNull();
  expect(fault(['/home/x'], ['/home/x/out'])).toBeNull();
});

test.each([
  [['models'], [], 'no absolute path'],
  [['/opt/../etc'], [], 'no absolute path'],
  [['/opt//x'], [], 'no absolute path'],
  [['/'], [], 'everything there is'],
  [[], ['/proc/sys'], 'makes itself'],
  [['/dev'], [], 'makes itself'],
  [['/data/in'], ['/data'], 'lies in a folder that may be written'],
  [[], ['/data', '/data/out'], 'lies in a folder that may be written'],
  [['/data'], ['/data'], 'as readable and as writable'],
])('%s readable and %s writable is refused', (readable, writable, words) => {
  expect(fault(readable, writable)).toContain(words);
});
