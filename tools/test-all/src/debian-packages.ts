import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.ts';
import { reportSkip } from './skip-report.ts';

/** A program that some tests use when it is there, and the Debian package that brings it. */
export interface WantedProgram {
  readonly program: string;
  readonly debianPackage: string;
}

const wantedPrograms: readonly WantedProgram[] = [
  { program: 'haproxy', debianPackage: 'haproxy' },
  { program: 'bwrap', debianPackage: 'bubblewrap' },
];

/** Set to 1 to leave the machine's packages alone. */
const optOutVariable = 'SLUICE_NO_INSTALL';

const installTimeoutMs = 60_000;

/** Debian keeps servers here, which is not on every user's path. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin'];

/**
 * Installs what tests want where that is possible without asking (root, apt-get); otherwise reports what is not
 * tested. It never fails: the product runs without any of these programs.
 */
export async function installDebianPackages(wanted = wantedPrograms): Promise<void> {
  for (const { program, debianPackage } of wanted) {
    if (isInstalled(program)) continue;
    const problem = await install(debianPackage);
    if (problem !== undefined) reportSkip(`${program} is not installed and could not be: ${problem}`);
  }
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, program)));
}

async function install(debianPackage: string): Promise<string | undefined> {
  if (process.env[optOutVariable] === '1') return `${optOutVariable}=1`;
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/usr/bin/apt-get')) return 'no apt-get on this machine';
  const add = ['install', '-y', '--no-install-recommends', debianPackage];
  if (await apt(add)) return undefined;
  // A fresh container has no package lists yet.
  if ((await apt(['update'])) && (await apt(add))) return undefined;
  return `apt-get could not install ${debianPackage}`;
}

async function apt(commandArguments: readonly string[]): Promise<boolean> {
  const { exitCode } = await runCommand({
    program: '/usr/bin/apt-get',
    arguments: ['-q', '-o', 'DPkg::Lock::Timeout=20', ...commandArguments],
    folder: '/',
    // RUNLEVEL keeps the package from starting its service: tests start their own.
    environment: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    timeoutMs: installTimeoutMs,
    output: 'keep',
  });
  return exitCode === 0;
}
