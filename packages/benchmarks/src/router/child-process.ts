import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

const START_TIMEOUT_MS = 10_000;

/** Starts one of the scripts in `processes/` on this very Node; it says on which port it listens. */
export async function startScript(
  name: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; port: number; pids: readonly number[] }> {
  const script = fileURLToPath(new URL(`./processes/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [hello] = (await Promise.race([once(child, 'message'), failed(child, name)])) as [
    { port: number; pids?: readonly number[] },
  ];
  return { child, port: hello.port, pids: hello.pids ?? [child.pid ?? 0] };
}

/** Starts a program that listens on a port that it is told, and waits until it takes connections. */
export async function startProgram(
  program: string,
  args: readonly string[],
  port: number,
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await Promise.race([accepting(port), failed(child, program)]);
  return child;
}

/** Ends a process and waits for it. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** A port that was free a moment ago, for programs that must be told one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function accepting(port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new SluiceError('timed-out', `nothing listens on port ${port} after ${START_TIMEOUT_MS} ms`, {
    next: 'stop',
  });
}

async function failed(child: ChildProcess, name: string): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new SluiceError('unexpected', `${name} ended before it was ready (${signal ?? code})`, {
    next: 'stop',
  });
}
