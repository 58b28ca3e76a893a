import { expect, test } from 'vitest';
import { parseHostArguments } from './host-arguments.ts';

test('a directory and a port are enough', () => {
  expect(parseHostArguments(['--directory', '/var/lib/x', '--port', '8080'])).toEqual({
    ok: true,
    value: { directory: '/var/lib/x', port: 8080, routerWorkers: 1, portRange: { from: 20_000, to: 29_999 } },
  });
});

test.each([
  [['--port', '1'], '--directory is missing'],
  [['--directory', 'x'], '--port needs a number from 0 to 65535'],
  [['--directory', 'x', '--port', '65536'], '--port needs a number from 0 to 65535'],
  [
    ['--directory', 'x', '--port', '1', '--router-workers', '0'],
    '--router-workers needs a number from 1 to 64',
  ],
  [['--directory', 'x', '--port', '1', '--port-range', '9-1'], "The port range '9-1'"],
  [['--directory', 'x', '--port', '1', '--prot', '2'], "Unknown option '--prot'"],
  [['--directory', 'x', '--port', '1', 'more'], "Unexpected argument 'more'"],
])('%j is refused: %s', (args, fault) => {
  const parsed = parseHostArguments(args);
  expect(parsed.ok ? '' : parsed.refusal.message).toContain(fault);
});
