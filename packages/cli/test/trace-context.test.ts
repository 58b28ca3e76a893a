import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, onTestFinished } from 'vitest';
import { SHOP, testCli } from './cli-harness.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The `traceparent` of every request that `sluice deploy` sends with this one in its environment. */
async function sentWith(traceParent: string): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers['traceparent']);
    response.writeHead(503).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cli = await testCli([]);
  onTestFinished(async () => {
    await cli.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await cli.write('sluice.yaml', SHOP);
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await cli.run('deploy --version v2', { environment: { TRACEPARENT: traceParent, SLUICE_API: api } });
  return seen;
}

test('a release is part of the trace of the CI job that asks for it', async () => {
  expect(await sentWith(TRACE)).toEqual([TRACE]);
});

test('a TRACEPARENT that is none is left out, and stops nobody from releasing', async () => {
  expect(await sentWith('none\r\nx-evil: 1')).toEqual([undefined]);
});
