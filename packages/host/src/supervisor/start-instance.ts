import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { instanceLogFile } from '../disk/host-paths.ts';
import { openLog } from '../disk/log-file.ts';
import type { ProcessRecord } from '../disk/track-record.ts';
import { processVariables, resolveSecrets, type Variables } from './environment.ts';
import { type InstanceProcess, startProcess } from './instance-process.ts';
import { sandboxedLaunch, wayToServer } from './instance-sandbox.ts';
import { cgroupOf, type InstanceSurroundings, markOf } from './instance-surroundings.ts';

type Intended = Omit<ProcessRecord, 'pid' | 'startTicks'>;

/**
 * Starts one process of an instance: secrets, port, record, process, record again, in this order, so that a host that
 * is killed at any point knows afterwards what it may find. A refusal says what stood in the way.
 * @param onPort told the port as soon as it is taken, 0 when none was; it stays the caller's whatever happens then
 */
export async function startInstance(
  around: InstanceSurroundings,
  previousPort: number,
  onPort: (port: number) => void,
): Promise<Result<InstanceProcess>> {
  const { host } = around;
  const secrets = await resolveSecrets(around.run().secrets, host.environment);
  if (!secrets.ok) return secrets;
  const port = await around.takePort(previousPort);
  onPort(port.ok ? port.value : 0);
  if (!port.ok) return port;
  const intended = { nonce: randomUUID(), port: port.value, bootId: host.bootId, startedAt: Date.now() };
  await around.save({ process: { ...intended, pid: null, startTicks: null }, ready: false });
  const started = await spawnInstance(around, intended, secrets.value);
  if (!started.ok) return started;
  await limit(around, started.value.pid);
  await noteStart(around, intended, started.value);
  return started;
}

async function spawnInstance(
  around: InstanceSurroundings,
  { nonce, port, startedAt }: Intended,
  secrets: Variables,
): Promise<Result<InstanceProcess>> {
  const { host, instance, revision, track } = around;
  const run = around.run();
  const mark = markOf(around, nonce);
  const { workerUrl, tokenFile } = wayToServer(around);
  const told = { port, track, revision, version: run.version, instance, mark, workerUrl, tokenFile };
  const variables = processVariables(host.environment, run, secrets, told);
  const sandboxed = await sandboxedLaunch(around, variables);
  if (!sandboxed.ok) return sandboxed;
  const logFile = instanceLogFile(host.paths, track, revision, instance);
  const log = await openLog(logFile);
  try {
    const { size: logFrom } = await stat(logFile);
    const started = await startProcess({
      command: run.run,
      directory: run.directory,
      variables,
      logFd: log.fd,
      sandboxed: sandboxed.value,
    });
    return started.ok ? ok({ ...started.value, port, startedAt, logFrom, mark }) : started;
  } finally {
    await log.close();
  }
}

/** The mark alone finds the process again, so a record that could not be written is no reason to end it. */
async function noteStart(
  around: InstanceSurroundings,
  intended: Intended,
  process: InstanceProcess,
): Promise<void> {
  const { host, instance, revision, track } = around;
  const { pid, startTicks, port } = process;
  await around.save({ process: { ...intended, pid, startTicks } }).catch((error: unknown) => {
    const { message } = SluiceError.from(error, 'write the state');
    host.log('error', 'state not written', { track, revision, instance, reason: message });
  });
  host.log('info', 'process started', { track, revision, instance, pid, port });
}

/** Hands the limits to the kernel where it takes them; elsewhere memory is watched and processor time is not limited. */
async function limit(around: InstanceSurroundings, pid: number): Promise<void> {
  const { host, instance, revision, track } = around;
  const { resources, sandbox } = around.run();
  // A sandbox keeps them itself, from before its first process on.
  if (!host.cgroups || sandbox !== undefined || (resources.memoryBytes === 0 && resources.cpuMillis === 0))
    return;
  await host.cgroups.place(cgroupOf(around), pid, resources).catch((error: unknown) => {
    const { message } = SluiceError.from(error, 'set limits');
    host.log('warn', 'limits not accepted by the kernel', { track, revision, instance, reason: message });
  });
}
