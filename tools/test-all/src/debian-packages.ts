import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findPythonWithGrpc } from './python-with-grpc.ts';
import { runCommand } from './run-command.ts';
import { reportSkip } from './skip-report.ts';

/** Something that some tests use when it is there, and the Debian packages that bring it. */
export interface WantedProgram {
  readonly name: string;
  readonly isThere: () => boolean;
  readonly debianPackages: readonly string[];
}

const wantedPrograms: readonly WantedProgram[] = [
  { name: 'haproxy', isThere: () => isOnPath('haproxy'), debianPackages: ['haproxy'] },
  { name: 'bwrap', isThere: () => isOnPath('bwrap'), debianPackages: ['bubblewrap'] },
  // Debian has it with Prometheus alone; alerts and dashboards are checked with it.
  { name: 'promtool', isThere: () => isOnPath('promtool'), debianPackages: ['prometheus'] },
  { name: 'redis-server', isThere: () => isOnPath('redis-server'), debianPackages: ['redis-server'] },
  { name: 'chromium', isThere: () => isOnPath('chromium'), debianPackages: ['chromium'] },
  {
    name: 'Python with grpcio and protoc',
    isThere: () => findPythonWithGrpc() !== null,
    // Not python3-grpc-tools: Debian's is of another age than its grpcio.
    debianPackages: ['python3-grpcio', 'protobuf-compiler', 'protobuf-compiler-grpc', 'libprotobuf-dev'],
  },
];

/** Set to 1 to leave the machine's packages alone. */
const optOutVariable = 'SLUICE_NO_INSTALL';

/** For each call of apt-get; everything together is some 30 MB. */
const installTimeoutMs = 300_000;

/** Debian keeps servers here, which is not on every user's path. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin'];

/**
 * Installs what tests want where that is possible without asking (root, apt-get); otherwise reports what is not
 * tested. It never fails: the product runs without any of these programs.
 */
export async function installDebianPackages(wanted = wantedPrograms): Promise<void> {
  const missing = wanted.filter(({ isThere }) => !isThere());
  if (missing.length === 0) return;
  const obstacle = whyNotInstalled();
  if (obstacle === undefined) await install(missing);
  for (const { name, debianPackages, isThere } of missing) {
    if (obstacle === undefined && isThere()) continue;
    const problem = obstacle ?? `apt-get could not install ${debianPackages.join(' ')}`;
    reportSkip(`${name} is not installed and could not be: ${problem}`);
  }
}

function isOnPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, program)));
}

function whyNotInstalled(): string | undefined {
  if (process.env[optOutVariable] === '1') return `${optOutVariable}=1`;
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/usr/bin/apt-get')) return 'no apt-get on this machine';
  return undefined;
}

/** All at once, which is one run of dpkg; one by one only where that failed, so that one of them does not cost the others. */
async function install(missing: readonly WantedProgram[]): Promise<void> {
  const add = ['install', '-y', '--no-install-recommends'];
  const all = [...add, ...missing.flatMap(({ debianPackages }) => debianPackages)];
  if (await apt(all)) return;
  // A fresh container has no package lists yet.
  if (!(await apt(['update'])) || (await apt(all))) return;
  if (missing.length === 1) return;
  for (const { debianPackages } of missing) await apt([...add, ...debianPackages]);
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
