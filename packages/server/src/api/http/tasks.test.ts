import { queuePageSchema, workerPageSchema } from '@sluice/protocol/http/queues.ts';
import {
  retryReplySchema,
  submitReplySchema,
  taskPageSchema,
  taskSchema,
} from '@sluice/protocol/http/tasks.ts';
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { memoryTasks } from '../testing/memory-tasks.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const TASKS = '/api/v1/tracks/storefront/production/web/tasks';
const UNKNOWN = '01936b2e-4c00-7000-8000-00000000dead';
const post = (url: string, payload?: object, headers: InjectOptions['headers'] = {}) =>
  ask(api, { method: 'POST', url, headers, ...(payload && { payload }) });
const submit = async (...tasks: readonly object[]): Promise<readonly string[]> => {
  const response = await post(TASKS, { tasks });
  expect(response.statusCode).toBe(202);
  return submitReplySchema.parse(response.json()).tasks.map(({ id }) => id);
};
const idOf = async (task: object = {}): Promise<string> => (await submit(task))[0] ?? '';
const die = (id: string): void => {
  const failure = { failureClass: 'tool', message: 'no' } as const;
  api.tasks.put({ ...api.tasks.rows.get(id), id, state: 'dead', failure, failures: 4, endedAt: 1 });
};

describe('submitting', () => {
  test('takes tasks with everything that can be said of one, and shows it', async () => {
    const given = {
      ...{ input: { text: 'hello', deep: [1, null] }, priority: 9, fairnessKey: 'acme', session: 'talk' },
      ...{ capabilities: ['web', 'search'], dueAt: 2_000_000_000_000, deadlineAt: 2_000_000_100_000 },
    };
    const [id = '', plain = ''] = await submit({ ...given, idempotencyKey: 'k' }, {});
    const task = taskSchema.parse((await ask(api, `/api/v1/tasks/${id}`)).json());
    expect(task).toMatchObject({ ...given, id, state: 'scheduled', capabilities: ['search', 'web'] });
    const other = taskSchema.parse((await ask(api, `/api/v1/tasks/${plain}`)).json());
    expect(other).toMatchObject({ input: null, priority: 5, fairnessKey: null, state: 'waiting' });
    const again = await post(TASKS, { tasks: [{ input: 1, idempotencyKey: 'k' }] });
    expect(again.json()).toEqual({ tasks: [{ id, isNew: false }] });
  });

  test('twice with one Idempotency-Key takes them once', async () => {
    const send = () => post(TASKS, { tasks: [{ input: 1 }] }, { 'idempotency-key': 'once' });
    const [first, second] = [await send(), await send()];
    expect(second.json()).toEqual(first.json());
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(api.tasks.rows.size).toBe(1);
  });

  test.each([
    ['no task', { tasks: [] }, 400, '/body/tasks'],
    ['too many', { tasks: Array.from({ length: 1001 }, () => ({})) }, 400, '/body/tasks'],
    ['a key that is unknown', { tasks: [{ prio: 1 }] }, 400, '/body/tasks/0/prio'],
    ['a priority that is none', { tasks: [{ priority: 10 }] }, 400, '/body/tasks/0/priority'],
    [
      'an input that is too large',
      { tasks: [{}, { input: 'x'.repeat(300_000) }] },
      422,
      'more than 262144 bytes',
    ],
    ['a deadline that is over', { tasks: [{ deadlineAt: 5 }] }, 422, 'its deadline is over'],
  ])('%s is refused, and nothing is taken', async (_, body, status, words) => {
    const problem = problemIn(await post(TASKS, body));
    expect(problem.status).toBe(status);
    expect(`${problem.detail} ${JSON.stringify(problem.errors)}`).toContain(words);
    expect(api.tasks.rows.size).toBe(0);
  });

  test('says which worker a task is for, beyond what it must be able to do', async () => {
    const affinity = {
      require: ['zone=eu'],
      prefer: ['data=orders'],
      avoid: ['spot=yes'],
      apartFrom: UNKNOWN,
    };
    const id = await idOf({ affinity, capabilities: ['web'] });
    const task = taskSchema.parse((await ask(api, { url: `/api/v1/tasks/${id}` })).json());
    const { apartFrom: _apartFrom, ...labels } = affinity;
    expect(task).toMatchObject({ capabilities: ['web'], labels });
    for (const wrong of [{ require: ['zone'] }, { apartFrom: 'me' }, { likes: ['a=b'] }])
      expect((await post(TASKS, { tasks: [{ affinity: wrong }] })).statusCode).toBe(400);
  });

  test('is refused where nothing serves tasks', async () => {
    const response = await post('/api/v1/tracks/storefront/production/api/tasks', { tasks: [{}] });
    expect(problemIn(response)).toMatchObject({ status: 409, code: 'not-served' });
  });

  test('beyond what a queue may hold is refused for now, and says when to come again', async () => {
    await api.app.close();
    api = testApi({ tasks: memoryTasks({ mostOpen: 3 }) });
    await submit({}, {});
    expect((await post(TASKS, { tasks: [{}, {}] })).statusCode).toBe(429);
    await submit({});
    const full = await post(TASKS, { tasks: [{}] });
    expect(problemIn(full)).toMatchObject({ status: 429, code: 'queue-full' });
    expect(problemIn(full).remedy).toContain('Try again in 5s');
    expect(full.headers['retry-after']).toBe('5');
  });
});

describe('listing', () => {
  test('goes from the newest to the oldest, page by page, of one state or session', async () => {
    const ids = (await submit(...Array.from({ length: 5 }, () => ({ session: 'talk' })))).toSorted();
    die(ids[0] ?? '');
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const url = `${TASKS}?limit=2&session=talk${cursor && `&cursor=${cursor}`}`;
      const page = taskPageSchema.parse((await ask(api, url)).json());
      seen.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(seen).toEqual(ids.toReversed());
    const dead = taskPageSchema.parse((await ask(api, `${TASKS}?state=dead`)).json());
    expect(dead.items).toMatchObject([{ id: ids[0], failure: { failureClass: 'tool' } }]);
    expect(dead.items[0]).not.toHaveProperty('input');
    expect(problemIn(await ask(api, `${TASKS}?state=asleep`)).errors?.[0]?.pointer).toBe('/query/state');
  });

  test('refuses the cursor of another filter', async () => {
    await submit({}, {});
    const { next } = taskPageSchema.parse((await ask(api, `${TASKS}?limit=1`)).json());
    expect(problemIn(await ask(api, `${TASKS}?state=dead&cursor=${next}`)).code).toBe('invalid-cursor');
  });
});

describe('a task', () => {
  test('that nobody knows is a 404, and what is no id a 400', async () => {
    for (const way of ['', '/cancel', '/retry']) {
      const method = way === '' ? 'GET' : 'POST';
      const unknown = await ask(api, { method, url: `/api/v1/tasks/${UNKNOWN}${way}` });
      expect(problemIn(unknown)).toMatchObject({ status: 404, code: 'not-found' });
      expect(problemIn(await ask(api, { method, url: `/api/v1/tasks/17${way}` })).status).toBe(400);
    }
  });

  test('is cancelled once, and whoever has it is told', async () => {
    const id = await idOf();
    expect((await post(`/api/v1/tasks/${id}/cancel`)).json()).toMatchObject({ id, state: 'cancelled' });
    expect(api.tasks.revoked).toEqual([id]);
    const again = problemIn(await post(`/api/v1/tasks/${id}/cancel`));
    expect(again).toMatchObject({ status: 409, code: 'not-possible' });
    expect(again.detail).toContain('cancelled cannot become cancelled');
  });

  test('is tried again only when it is a dead letter', async () => {
    const id = await idOf();
    expect(problemIn(await post(`/api/v1/tasks/${id}/retry`)).status).toBe(409);
    die(id);
    expect((await post(`/api/v1/tasks/${id}/retry`)).json()).toMatchObject({ state: 'waiting', failures: 0 });
  });
});

test('dead letters of a track are tried again, at most so many at once', async () => {
  const ids = await submit({}, {}, {});
  for (const id of ids) die(id);
  const first = retryReplySchema.parse((await post(`${TASKS}/retry`, { limit: 2 })).json());
  expect(first).toMatchObject({ hasMore: true, retried: [expect.any(String), expect.any(String)] });
  const rest = retryReplySchema.parse((await post(`${TASKS}/retry`, {})).json());
  expect(rest.hasMore).toBe(false);
  expect([...first.retried, ...rest.retried].toSorted()).toEqual(ids.toSorted());
});

test('queues show each revision with its share, what it has and who is there', async () => {
  const ids = await submit({}, {}, {}, { dueAt: 2_000_000_000_000 });
  for (const id of ids) api.tasks.put({ ...api.tasks.rows.get(id), id, revision: 'web-1' as never });
  die(ids[0] ?? '');
  const { items } = queuePageSchema.parse((await ask(api, '/api/v1/queues')).json());
  const none = { waiting: 0, scheduled: 0, running: 0, dead: 0, oldestAt: null, workers: 0 };
  expect(items).toEqual([
    {
      track: 'storefront/production/web',
      revisions: [
        {
          ...{ revision: 'web-1', shareBasisPoints: 9500, waiting: 2, scheduled: 1, running: 0, dead: 1 },
          ...{ workers: 2, oldestAt: expect.any(Number) },
        },
        { revision: 'web-2', shareBasisPoints: 500, ...none },
      ],
    },
  ]);
});

test('workers are listed page by page, and asked to leave by their names', async () => {
  const first = workerPageSchema.parse((await ask(api, '/api/v1/agents?limit=1')).json());
  expect(first.items).toMatchObject([{ worker: 'w-1', capabilities: ['search'], running: 1, wanted: 3 }]);
  const second = workerPageSchema.parse((await ask(api, `/api/v1/agents?cursor=${first.next}`)).json());
  expect(second).toMatchObject({ items: [{ worker: 'w-2' }], next: null });
  expect((await post('/api/v1/agents/w-2/drain')).statusCode).toBe(202);
  expect(api.tasks.drained).toEqual(['w-2']);
  expect(problemIn(await post('/api/v1/agents/w-3/drain')).status).toBe(404);
});
