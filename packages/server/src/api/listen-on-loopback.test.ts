import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { afterEach, expect, test } from 'vitest';
import type { Api } from './api-instance.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';
import { testApi } from './testing/test-api.ts';

const open: Api[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

function api() {
  const made = testApi();
  open.push(made.app);
  return made;
}

test('the address says where it listens, and the log says who can reach it', async () => {
  const { app, logged } = api();
  const { url } = await listenOnLoopback(app, { port: 0 });
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect(logged()).toContainEqual(
    expect.objectContaining({
      msg: 'api listening',
      url,
      exposure: expect.stringContaining('loopback address'),
    }),
  );
});

test.each(['0.0.0.0', '::', '192.168.0.10', 'example.org'])(
  'listening on %s is refused, as tokens could be read on the way',
  async (address) => {
    const attempt = listenOnLoopback(api().app, { port: 0, address });
    await expect(attempt).rejects.toThrow(/speaks TLS elsewhere/);
    await expect(attempt).rejects.toBeInstanceOf(SluiceError);
  },
);

test('a port that is taken is named, with what to do', async () => {
  const { port } = await listenOnLoopback(api().app, { port: 0 });
  await expect(listenOnLoopback(api().app, { port })).rejects.toThrow(
    `Port ${port} of the API is taken by another program. Stop that program, or choose another with --api-port.`,
  );
});
