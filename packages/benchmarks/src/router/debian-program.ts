import { spawnSync } from 'node:child_process';

/** Whether a program is installed on this machine. */
export const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin" command -v ${program}`]).status === 0;

/** The version that a program reports, for the table. */
export function versionOf(program: string): string {
  const { stdout, stderr } = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin" ${program} -v`], {
    encoding: 'utf8',
  });
  return /\d+\.\d+(?:\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown version';
}

/** Where a program of the system administrator's path is. */
export const programPath = (program: string): string =>
  spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin" command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
