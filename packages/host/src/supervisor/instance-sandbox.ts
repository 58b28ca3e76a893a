import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { makeTokenFolder, workerTokenFile } from '@sluice/protocol/process/worker-token-file.ts';
import type { Sandboxes } from '@sluice/sandbox/open-sandboxes.ts';
import type { SandboxDoor, SandboxEnd, SandboxLaunch, SandboxLimits } from '@sluice/sandbox/sandbox.ts';
import type { Variables } from './environment.ts';
import type { HostResources } from './host-resources.ts';
import type { InstanceSurroundings } from './instance-surroundings.ts';
import { MARK_VARIABLE } from './process-mark.ts';
import { replaceShell } from './replace-shell.ts';

/** Where the folder with the control plane's socket is seen in a sandbox. */
const SERVER_FOLDER = '/run/sluice/server';
/** Where the folder with the token of its workers is. */
const TOKEN_FOLDER = '/run/sluice/token';

/** What a revision's sandbox is held to: its memory and processor time are the resources of an instance. */
export function sandboxLimits({ sandbox, resources }: RevisionRun): SandboxLimits | null {
  return sandbox === undefined ? null : { ...sandbox, ...resources, cpuTimeMs: 0 };
}

/** Whether the processes of a revision have a network of their own, in which nobody reaches their ports. */
export const isCutOff = ({ sandbox }: Pick<RevisionRun, 'sandbox'>): boolean => sandbox?.network === 'none';

/** How workers reach the control plane. */
export interface WayToServer {
  readonly workerUrl: string | undefined;
  readonly tokenFile: string | undefined;
  /** Folders that a sandbox is shown for that. */
  readonly doors: readonly SandboxDoor[];
}

/**
 * Where workers of a revision find the control plane and their token: by its URL, or where they have no network by a socket,
 * which says of itself who they are. Sandboxes are shown folders and not files, so that what is put there later is found.
 */
export function wayToServer({
  host,
  track,
  run: runNow,
}: Pick<InstanceSurroundings, 'track' | 'run'> & {
  readonly host: Pick<HostResources, 'paths'>;
}): WayToServer {
  const run = runNow();
  const { sandbox, workerSocket, workerUrl } = run;
  if (isCutOff(run) && workerSocket !== undefined)
    return {
      workerUrl: `unix:${SERVER_FOLDER}/${basename(workerSocket)}`,
      tokenFile: undefined,
      doors: [{ from: dirname(workerSocket), to: SERVER_FOLDER }],
    };
  if (workerUrl === undefined) return { workerUrl, tokenFile: undefined, doors: [] };
  const tokenFile = workerTokenFile(host.paths.directory, track);
  if (sandbox === undefined) return { workerUrl, tokenFile, doors: [] };
  return {
    workerUrl,
    tokenFile: `${TOKEN_FOLDER}/${basename(tokenFile)}`,
    doors: [{ from: dirname(tokenFile), to: TOKEN_FOLDER }],
  };
}

/** Whether this host can keep a revision in its sandbox. */
export async function admitSandbox(
  run: RevisionRun,
  sandboxes: Sandboxes,
  hostDirectory: string,
): Promise<Result<undefined>> {
  const limits = sandboxLimits(run);
  if (limits === null) return ok(undefined);
  const apart = await pathsApart(limits, hostDirectory);
  if (!apart.ok) return apart;
  if (isCutOff(run) && run.health.path !== null)
    return refuse(
      'sandbox-health',
      'The sandbox has no network, so that nobody can ask for a health path in it.',
      'Leave the health path away: an instance is ready once it listens on PORT, which is seen from outside.',
    );
  return (await sandboxes(limits.kind)).admit(limits);
}

/**
 * Refuses paths that lead to the folder of the host, by whatever links. Looked at before each start: a process that may write
 * elsewhere may have put a link where another sandbox is given a folder.
 */
async function pathsApart(
  { readable, writable }: Pick<SandboxLimits, 'readable' | 'writable'>,
  hostDirectory: string,
): Promise<Result<undefined>> {
  for (const path of [...readable, ...writable]) {
    const real = await realpath(path).catch(() => path);
    if ([path, real].some((place) => within(hostDirectory, place) || within(place, hostDirectory)))
      return refuse(
        'sandbox-paths',
        `The sandbox names ${path}, which holds the folder of the host or lies in it.`,
        'Name a folder that has nothing of Sluice in it.',
      );
  }
  return ok(undefined);
}

/** What one start of an instance is launched as; null where its revision has no sandbox. */
export async function sandboxedLaunch(
  around: InstanceSurroundings,
  variables: Variables,
): Promise<Result<SandboxLaunch | null>> {
  const run = around.run();
  const limits = sandboxLimits(run);
  if (limits === null) return ok(null);
  const apart = await pathsApart(limits, around.host.paths.directory);
  if (!apart.ok) return apart;
  const sandbox = await around.host.sandboxes(limits.kind);
  // A control plane that has not written one yet must not keep the sandbox from being made.
  if (run.workerUrl !== undefined)
    await makeTokenFolder(workerTokenFile(around.host.paths.directory, around.track));
  // Whatever a host left behind that was killed at the wrong moment.
  await sandbox.finish(sandboxName(around));
  return sandbox.prepare({
    command: ['/bin/sh', '-c', replaceShell(run.run)],
    directory: run.directory,
    variables,
    limits,
    name: sandboxName(around),
    marks: { [MARK_VARIABLE]: variables[MARK_VARIABLE] ?? '' },
    diesWithLauncher: false,
    doors: wayToServer(around).doors,
  });
}

/** Ends what is left in the sandbox of an instance, if it has one. */
export async function finishSandbox(around: InstanceSurroundings): Promise<SandboxEnd> {
  const { sandbox } = around.run();
  if (sandbox === undefined) return { outOfMemory: false };
  return (await around.host.sandboxes(sandbox.kind)).finish(sandboxName(around));
}

const sandboxName = ({ host, track, revision, instance }: InstanceSurroundings): string =>
  `${host.paths.directoryHash}/${track}/${revision}/${instance}`;

const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
