import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, HostProcess, TRACK } from './host-harness.ts';
import { orderOf, runOf, splitOrderOf, writeProgram } from './host-programs.ts';

/** One host takes everything, so that what one request broke shows in the next. */
let host: HostProcess;
let directory = '';
beforeAll(async () => {
  host = await HostProcess.start();
  directory = await writeProgram(join(host.folder, 'v1'));
});
afterAll(() => host[Symbol.asyncDispose]());

const TRACK_PATH = `/v1/tracks/${encodeURIComponent(TRACK)}`;
const PATHS = [
  '/v1/host',
  '/v1/tracks',
  TRACK_PATH,
  `${TRACK_PATH}/split`,
  `${TRACK_PATH}/revisions/web-1`,
  '/v1/shutdown',
];
const ROUNDS = { numRuns: 150 };

function expectRefusal(answer: Answer): void {
  expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
  expect(answer.status, answer.text).toBeLessThan(500);
  const { error } = JSON.parse(answer.text) as { error: Record<string, unknown> };
  expect(Object.keys(error)).toEqual(['code', 'message', 'remedy']);
  for (const part of Object.values(error)) expect(part).toEqual(expect.stringMatching(/./));
}

const unharmed = async (): Promise<void> => {
  expect(await host.ask('GET', '/v1/tracks')).toMatchObject({ status: 200 });
};

test('a body that is any JSON but an order is refused with a reason', async () => {
  const written = fc.constantFrom(`${TRACK_PATH}/split`, `${TRACK_PATH}/revisions/web-1`);
  await fc.assert(
    fc.asyncProperty(written, fc.json(), async (path, body) =>
      expectRefusal(await host.askRaw('PUT', path, body)),
    ),
    ROUNDS,
  );
  await unharmed();
});

test('a body that is no JSON is refused with a reason', async () => {
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"generation":1',
    '\0',
    '{"__proto__":{"generation":1}}',
    '\u{1F600}',
  ])
    for (const path of [`${TRACK_PATH}/split`, `${TRACK_PATH}/revisions/web-1`])
      expectRefusal(await host.askRaw('PUT', path, body));
  expectRefusal(await host.askRaw('POST', '/v1/shutdown', '{"stopProcesses":"yes"}'));
  expectRefusal(await host.askRaw('PUT', `${TRACK_PATH}/split`, `"${'x'.repeat(1024 * 1024)}"`));
  expectRefusal(await host.askRaw('PUT', `${TRACK_PATH}/split`, '['.repeat(500_000)));
  await unharmed();
});

/** Replaces the value at one place of an order. The command and the number of instances stay: nothing shall run. */
function withChange(order: object, path: readonly string[], value: unknown): object {
  const [key = '', ...rest] = path;
  const inner = (order as Record<string, unknown>)[key];
  return { ...order, [key]: rest.length === 0 ? value : withChange(inner as object, rest, value) };
}

test('an order with one value replaced is carried out or refused with a reason, and never breaks the host', async () => {
  const places = fc.constantFrom(
    ['generation'],
    ['dedicatedPorts'],
    ['surplus'],
    ['run', 'version'],
    ['run', 'directory'],
    ['run', 'env'],
    ['run', 'secrets'],
    ['run', 'health'],
    ['run', 'health', 'path'],
    ['run', 'health', 'withinMs'],
    ['run', 'resources', 'memoryBytes'],
    ['run', 'drainMs'],
  );
  const values = fc.oneof(fc.jsonValue(), fc.integer(), fc.string(), fc.dictionary(fc.string(), fc.string()));
  await fc.assert(
    fc.asyncProperty(places, values, async (path, value) => {
      const order = withChange(orderOf(runOf(directory), 0), path, value);
      const answer = await host.ask(
        'PUT',
        `/v1/tracks/${encodeURIComponent('a/b/fuzz')}/revisions/web-1`,
        order,
      );
      if (answer.status !== 200) expectRefusal(answer);
    }),
    ROUNDS,
  );
  await unharmed();
});

test('a split with one value replaced is refused with a reason, or comes in force, and the router lives on', async () => {
  const track = encodeURIComponent('a/b/split');
  await host.ask('PUT', `/v1/tracks/${track}/revisions/web-9`, orderOf(runOf(directory), 0));
  let generation = 0;
  const places = fc.constantFrom(
    ['route'],
    ['route', 'host'],
    ['route', 'path'],
    ['route', 'goal'],
    ['route', 'maxBodyBytes'],
    ['route', 'timeoutMs'],
    ['split', 'weights'],
    ['split', 'matches'],
    ['split', 'mirror'],
    ['split', 'sticky'],
    ['split', 'salt'],
  );
  await fc.assert(
    fc.asyncProperty(places, fc.oneof(fc.jsonValue(), fc.webPath(), fc.nat()), async (path, value) => {
      generation += 1;
      const order = withChange(splitOrderOf({ 'web-9': 10_000 }, generation), path, value);
      const answer = await host.ask('PUT', `/v1/tracks/${track}/split`, order);
      if (answer.status !== 200) expectRefusal(answer);
      // Nothing is ready, so the router has nobody to ask; it says so, or that there is no such route.
      expect([404, 413, 503]).toContain((await host.through()).status);
    }),
    ROUNDS,
  );
  await unharmed();
});

test('a path with anything in the place of a name is refused with a reason', async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%',
      '%00',
      '%ff',
      'a%2Fb',
      'a%2Fb%2Fc%2Fd',
      '%2F%2F',
      'a%2F..%2F',
      '__proto__',
    ),
    fc.string().map((text) => encodeURIComponent(text.toWellFormed())),
    fc.string({ minLength: 300, maxLength: 2000 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  await fc.assert(
    fc.asyncProperty(segment, segment, async (track, revision) => {
      const body = orderOf(runOf(directory), 0);
      const answers = [
        await host.ask('PUT', `/v1/tracks/${track}/revisions/web-1`, { ...body, generation: 0 }),
        await host.ask('PUT', `${TRACK_PATH}/revisions/${revision}`, { ...body, generation: 0 }),
        await host.ask('GET', `/v1/tracks/${track}/revisions/${revision}/logs`),
        await host.ask('DELETE', `/v1/tracks/${track}/revisions/${revision}`),
        await host.ask('GET', `/v1/nothing/${track}`),
      ];
      for (const answer of answers) expectRefusal(answer);
    }),
    ROUNDS,
  );
  await unharmed();
});

test('a query that is no whole number in its range is refused with a reason', async () => {
  await host.put('revisions/web-1', orderOf(runOf(directory), 0));
  const bad = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1.5',
      '1e3',
      '0x10',
      'NaN',
      'Infinity',
      '99999999999999999999',
      ' 1',
      '1 ',
    ),
    fc.string().filter((text) => !/^0*[1-9]\d*$/.test(text)),
  );
  await fc.assert(
    fc.asyncProperty(bad, async (text) => {
      const value = encodeURIComponent(text.toWellFormed());
      expectRefusal(await host.ask('DELETE', `${TRACK_PATH}/revisions/web-1?generation=${value}`));
      expectRefusal(await host.ask('GET', `${TRACK_PATH}/traffic?limit=${value}`));
      expectRefusal(await host.ask('GET', `${TRACK_PATH}/revisions/web-1/logs?tail=${value}`));
    }),
    ROUNDS,
  );
  await unharmed();
});

test('a method that does not belong to a path is refused and names those that do', async () => {
  for (const path of PATHS)
    for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      const answer = await host.ask(method, path, method === 'GET' ? undefined : {});
      if (answer.status !== 200) expectRefusal(answer);
    }
  const answer = await host.ask('PATCH', TRACK_PATH);
  expect(answer).toMatchObject({ status: 405, text: expect.stringContaining('Use GET.') });
  await unharmed();
});

test('bytes that are no HTTP get an answer or a closed door', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc
      .constantFrom(
        'PUT /v1/host HTTP/1.1\r\nContent-Length: 10\r\nContent-Length: 3\r\n\r\n',
        'PUT /v1/host HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{',
        'GET /v1/host HTTP/9.9\r\n\r\n',
        `GET /v1/host HTTP/1.1\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
        'PUT /v1/tracks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      )
      .map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (sent) => {
      const text = await exchange(sent);
      if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    }),
    { numRuns: 60 },
  );
  await unharmed();
});

/** Sends bytes, closes its own side, and gives what came back until the host closed the other. */
function exchange(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(host.socket, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
