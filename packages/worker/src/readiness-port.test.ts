import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readinessPort } from './readiness-port.ts';
import { sessionOf, until, withWorkers } from './testing/with-workers.ts';

const { server, hire } = withWorkers();

/** Whether somebody accepts connections there. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  const isUp = await once(socket, 'close').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isUp;
}

/** A port that was free a moment ago, and whoever holds it until then. */
async function heldPort(): Promise<{ port: number; release: () => Promise<unknown> }> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return { port, release: () => new Promise((resolve) => holder.close(resolve)) };
}

describe('the port of a worker', () => {
  it('accepts connections once a server has let the worker in, and no more when that is long ago', async () => {
    const { port, release } = await heldPort();
    await release();
    const scripted = server(() => undefined);
    const worker = await hire(await scripted.listen(), { handle: () => 1, port, host: '127.0.0.1' });
    const session = await sessionOf(scripted);
    expect(await answers(port)).toBe(false);
    session.welcome(200);
    await until(async () => expect(await answers(port)).toBe(true));
    session.break();
    const second = await sessionOf(scripted, 1);
    await until(async () => expect(await answers(port)).toBe(false));
    second.welcome(200);
    await until(async () => expect(await answers(port)).toBe(true));
    await worker.stop();
    expect(await answers(port)).toBe(false);
  });

  it('is tried again when somebody else has it, and that is told', async () => {
    const { port, release } = await heldPort();
    const failures: unknown[] = [];
    const ready = readinessPort({ port, host: '127.0.0.1' }, (error) => failures.push(error));
    ready.open();
    await until(() => expect(failures[0]).toMatchObject({ code: 'EADDRINUSE' }));
    await release();
    await until(async () => expect(await answers(port)).toBe(true));
    await ready.close();
    expect(await answers(port)).toBe(false);
  });

  it('can be closed before it is open', async () => {
    const { port, release } = await heldPort();
    await release();
    const ready = readinessPort({ port, host: '127.0.0.1' }, () => undefined);
    ready.open();
    await ready.close();
    expect(await answers(port)).toBe(false);
  });
});
