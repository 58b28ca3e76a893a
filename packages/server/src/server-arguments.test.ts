import { DATABASE_VARIABLE } from '@sluice/protocol/process/database-use.ts';
import { expect, test } from 'vitest';
import { DEFAULT_REQUEST_LIMITS } from './limits/request-limits.ts';
import { parseServerArguments } from './server-arguments.ts';

const databaseOf = (environment: Record<string, string>, ...more: string[]): string | undefined => {
  const parsed = parseServerArguments(['--directory', '/var/lib/x', ...more], environment);
  return parsed.ok ? parsed.value.databaseUrl : expect.unreachable(parsed.refusal.message);
};

test('a directory is enough', () => {
  expect(parseServerArguments(['--directory', '/var/lib/x'], {})).toEqual({
    ok: true,
    value: {
      directory: '/var/lib/x',
      apiPort: 7070,
      hostDirectory: '/var/lib/x/host',
      databaseUrl: undefined,
      activeMs: 1000,
      anonymous: ['metrics:read'],
      logFile: undefined,
      allowOutgoing: [],
      publicUrl: null,
      tls: null,
      oidc: null,
      limits: DEFAULT_REQUEST_LIMITS,
      trustedProxies: expect.anything(),
    },
  });
});

test('where channels may go and what they link to is said by options, else by variables', () => {
  const environment = { SLUICE_ALLOW_OUTGOING: '10.0.0.0/8', SLUICE_PUBLIC_URL: 'https://sluice.example/' };
  const parsed = (...more: string[]) => parseServerArguments(['--directory', '/x', ...more], environment);
  expect(parsed()).toMatchObject({
    value: { allowOutgoing: [{ port: null }], publicUrl: 'https://sluice.example' },
  });
  expect(parsed('--allow-outgoing', '', '--public-url', 'http://other.example:81')).toMatchObject({
    value: { allowOutgoing: [], publicUrl: 'http://other.example:81' },
  });
  expect(parsed('--allow-outgoing', 'inside')).toMatchObject({ ok: false });
  expect(parsed('--public-url', 'sluice.example')).toMatchObject({ ok: false });
});

test('the database is the one of the option, else of whoever started the process, else of DATABASE_URL', () => {
  const environment = { [DATABASE_VARIABLE]: 'postgresql://starter', DATABASE_URL: 'postgresql://shell' };
  expect(databaseOf(environment, '--database-url', 'postgresql://option')).toBe('postgresql://option');
  expect(databaseOf(environment)).toBe('postgresql://starter');
  expect(databaseOf({ DATABASE_URL: 'postgresql://shell' })).toBe('postgresql://shell');
  expect(databaseOf({ DATABASE_URL: '' })).toBeUndefined();
});

test('whoever starts the process can ask for the embedded one, whatever DATABASE_URL says', () => {
  expect(databaseOf({ [DATABASE_VARIABLE]: '', DATABASE_URL: 'postgresql://shell' })).toBeUndefined();
});

test.each([
  [[], '--directory is missing'],
  [['--directory', 'x', '--api-port', '65536'], '--api-port needs a number from 0 to 65535'],
  [['--directory', 'x', '--look-every', '1'], '--look-every needs milliseconds from 100 to 60000'],
  [['--directory', 'x', '--log-fiel', '2'], "Unknown option '--log-fiel'"],
])('%j is refused: %s', (args, fault) => {
  const parsed = parseServerArguments(args, {});
  expect(parsed.ok ? '' : parsed.refusal.message).toContain(fault);
});

test('how much is answered is said by kind, for a caller and an organisation, or lifted', () => {
  const parsed = (...more: string[]) => parseServerArguments(['--directory', '/x', ...more], {});
  expect(
    parsed('--rate-limit', 'reads=20, changes=5/6,sign-ins=1', '--in-flight', 'streams=none'),
  ).toMatchObject({
    value: {
      limits: {
        rates: {
          reads: { caller: 20, organisation: 80 },
          changes: { caller: 5, organisation: 6 },
          'sign-ins': { caller: 1, organisation: null },
          guesses: DEFAULT_REQUEST_LIMITS.rates.guesses,
        },
        inFlight: { ...DEFAULT_REQUEST_LIMITS.inFlight, streams: null },
      },
    },
  });
  const environment = { SLUICE_RATE_LIMIT: 'none', SLUICE_IN_FLIGHT: '', SLUICE_TRUST_PROXY: 'nobody' };
  expect(parseServerArguments(['--directory', '/x', '--trust-proxy', ''], environment)).toMatchObject({
    value: { limits: { rates: { reads: null }, inFlight: DEFAULT_REQUEST_LIMITS.inFlight } },
  });
  expect(parseServerArguments(['--directory', '/x'], environment)).toMatchObject({ ok: false });
  expect(parsed('--rate-limit', 'none')).toMatchObject({
    value: { limits: { rates: { reads: null, guesses: null } } },
  });
});

test.each([
  ['--rate-limit', 'raeds=1', '"raeds=1" names none of reads, changes, work, sign-ins, guesses'],
  ['--rate-limit', 'reads=0', '"reads=0" is not of the form reads=50/200 or reads=none'],
  ['--rate-limit', 'reads=1/2/3', 'is not of the form'],
  ['--in-flight', 'requests=-1', '"requests=-1" is not of the form requests=50/200'],
  ['--trust-proxy', '10.0.0.0/33', '"10.0.0.0/33" is no address and no network'],
  ['--trust-proxy', 'proxy.example', '"proxy.example" is no address and no network'],
])('%s %s is refused', (option, value, fault) => {
  const parsed = parseServerArguments(['--directory', '/x', option, value], {});
  expect(parsed.ok ? '' : parsed.refusal.message).toContain(`${option}: `);
  expect(parsed.ok ? '' : parsed.refusal.message).toContain(fault);
});

test('what whoever shows nothing may do is said, or nothing', () => {
  const parsed = (list: string) =>
    parseServerArguments(['--directory', '/var/lib/x', '--anonymous', list], {});
  expect(parsed('none')).toMatchObject({ ok: true, value: { anonymous: [] } });
  expect(parsed('metrics:read, delivery:read')).toMatchObject({
    ok: true,
    value: { anonymous: ['metrics:read', 'delivery:read'] },
  });
  expect(parsed('delivery:raed')).toMatchObject({
    ok: false,
    refusal: { message: expect.stringContaining('"delivery:raed", which is no permission') },
  });
});
