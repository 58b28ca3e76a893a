import { databaseUse } from '@sluice/protocol/process/database-use.ts';
import { expect, test } from 'vitest';
import { EXIT } from '../exit-codes.ts';
import type { FoundMachine } from './find-machine.ts';
import { type Asked, refuseConflicts } from './refuse-conflicts.ts';

const identity = { pid: 7, startedTicks: '1', bootId: 'b' };
const URL_OF_TEAM = 'postgresql://ada:s3cret@db/sluice';
const embedded = databaseUse(undefined);
const own = databaseUse(URL_OF_TEAM);

const asked = (more: Partial<Asked> = {}): Asked => ({
  directory: '/srv/sluice',
  database: undefined,
  changeDatabase: false,
  ...more,
});

const down = (database: FoundMachine['database']): FoundMachine => ({
  record: undefined,
  host: undefined,
  server: undefined,
  database,
});

const isUp = (database = embedded): FoundMachine => ({
  record: undefined,
  host: {
    identity,
    announced: { ...identity, socket: '/srv/sluice/host/host.sock', routerPort: 8080, routerWorkers: 1 },
  },
  server: { identity, announced: { ...identity, apiPort: 7070, startedAt: 0, database } },
  database,
});

const option = (url: string): Asked['database'] => ({ url, from: '--database-url' });
const shell = (url: string): Asked['database'] => ({ url, from: 'DATABASE_URL' });

test.each<[string, Partial<Asked>, FoundMachine]>([
  ['nothing in particular, of a machine that is up', {}, isUp()],
  ['what it is', { routerPort: 8080, apiPort: 7070, routerWorkers: 1 }, isUp()],
  ['any port, of a machine that has one', { routerPort: 0, apiPort: 0 }, isUp()],
  ['ports of its own, of a machine that is down', { routerPort: 1, apiPort: 2 }, down(embedded)],
  ['another port of a control plane that is down', { apiPort: 2 }, { ...isUp(), server: undefined }],
  ['a database at the first start', { database: shell(URL_OF_TEAM) }, down(undefined)],
  ['the database it has', { database: shell(URL_OF_TEAM) }, down(own)],
  ['its database with a new password', { database: option('postgres://ada:new@db/sluice') }, isUp(own)],
  ['no database, of a control plane that has one and runs', {}, isUp(own)],
  ['a list of what may be called, of a control plane that is down', { allowOutgoing: '::1' }, down(embedded)],
  ['to call nothing inside, of one that does not', { allowOutgoing: '' }, isUp()],
  ['another database on purpose', { database: option(URL_OF_TEAM), changeDatabase: true }, down(embedded)],
  ['the embedded one on purpose', { changeDatabase: true }, down(own)],
])('%s is not refused', (_, wish, found) => {
  expect(refuseConflicts(asked(wish), found)).toBeUndefined();
});

test.each<[string, Partial<Asked>, FoundMachine, string]>([
  ['another port of the router', { routerPort: 8081 }, isUp(), 'the router listens on port 8080, not 8081'],
  ['another port of the API', { apiPort: 7071 }, isUp(), 'the API listens on port 7070, not 7071'],
  [
    'another list of what may be called',
    { allowOutgoing: '10.0.0.0/8' },
    isUp(),
    '--allow-outgoing is empty, not 10.0.0.0/8',
  ],
  ['more workers', { routerWorkers: 2 }, isUp(), '--router-workers is 1, not 2'],
  ['no database after one', {}, down(own), 'no database was named, so that the embedded one would be used'],
  [
    'a database of the shell after the embedded one',
    { database: shell(URL_OF_TEAM) },
    down(embedded),
    'DATABASE_URL in the environment names postgresql://ada:***@db/sluice',
  ],
  [
    'another database of a machine that is up',
    { database: option('postgresql://else/x') },
    isUp(own),
    '--database-url names postgresql://else/x',
  ],
  [
    'a change of a control plane that runs',
    { database: option('postgresql://else/x'), changeDatabase: true },
    isUp(own),
    'postgresql://else/x',
  ],
])('%s is refused', (_, wish, found, words) => {
  const refused = refuseConflicts(asked(wish), found);
  expect(refused).toMatchObject({ exitCode: EXIT.refusedByState, remedy: expect.stringMatching(/\.$/) });
  expect(refused?.detail).toContain(words);
  expect(JSON.stringify(refused)).not.toContain('s3cret');
});
