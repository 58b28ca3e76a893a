import { EventEmitter, once } from 'node:events';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { emptyTestDatabase } from '../testing/test-database.ts';
import { listen } from './listen.ts';

/** Turns callbacks into events that a test can wait for. */
function listener(url: string, channel: string) {
  const heard = new EventEmitter();
  const payloads: string[] = [];
  const abort = new AbortController();
  const ended = listen({
    url,
    channel,
    signal: abort.signal,
    onListening: () => heard.emit('listening'),
    onNotify: (payload) => {
      payloads.push(payload);
      heard.emit('payload');
    },
  });
  onTestFinished(async () => {
    abort.abort();
    await ended;
  });
  return { heard, payloads, abort, ended };
}

it('hands on what is announced on its channel, and nothing else', async () => {
  await using database = await emptyTestDatabase();
  const { heard, payloads, abort, ended } = listener(database.url, 'Odd channel');
  await once(heard, 'listening');
  const payload = once(heard, 'payload');
  await sql`select pg_notify('other', 'no'), pg_notify('Odd channel', 'yes')`.execute(database.db);
  await payload;
  expect(payloads).toEqual(['yes']);
  abort.abort();
  await ended;
});

it('listens again after its connection was cut, and says so', async () => {
  await using database = await emptyTestDatabase();
  const { heard, payloads, abort, ended } = listener(database.url, 'news');
  await once(heard, 'listening');
  const again = once(heard, 'listening');
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'sluice listening' and datname = current_database()`.execute(database.db);
  await again;
  const payload = once(heard, 'payload');
  await sql`select pg_notify('news', 'after')`.execute(database.db);
  await payload;
  expect(payloads).toEqual(['after']);
  abort.abort();
  await ended;
});

it('ends while it cannot reach the database', async () => {
  const { abort, ended } = listener('postgresql://sluice@/sluice?host=/nonexistent', 'news');
  abort.abort();
  await expect(ended).resolves.toBeUndefined();
});
