import { isRunning } from '@sluice/protocol/process/process-identity.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { wholeNumber } from '../context/number-option.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findSettledMachine } from '../machine/find-machine.ts';
import { machineFiles } from '../machine/machine-files.ts';
import { withMachineLock } from '../machine/machine-lock.ts';
import {
  type Asked,
  type AskedDatabase,
  databaseWords,
  refuseConflicts,
} from '../machine/refuse-conflicts.ts';
import { usedKubeconfig } from '../machine/used-kubeconfig.ts';
import { type Machine, startMachine } from '../machine/start-machine.ts';
import { stopMachine } from '../machine/stop-machine.ts';
import { aligned } from '../output/table.ts';
import type { Outcome } from '../refused.ts';
import type { World } from '../world.ts';

interface UpOptions {
  readonly port?: number;
  readonly apiPort?: number;
  readonly databaseUrl?: string;
  readonly changeDatabase?: boolean;
  readonly routerWorkers?: number;
  readonly allowOutgoing?: string;
  readonly foreground?: boolean;
}

const HIGHEST_PORT = 65_535;
const MOST_WORKERS = 64;
const DEFAULTS = { routerPort: 8080, apiPort: 7070, routerWorkers: 1 } as const;
/** How often a release under way is looked at, in milliseconds. */
const LOOK_EVERY_MS = 1000;
/** How often a foreground `up` looks whether both processes are there, in milliseconds. */
const WATCH_EVERY_MS = 1000;

/** `sluice up`: start control plane, host and router on this machine. */
export const up: DefineCommand = (command, run) => {
  const port = wholeNumber(0, HIGHEST_PORT);
  command
    .description(
      'Starts the control plane and the host with its router on this machine, as processes of their own that outlive ' +
        'this command and each other. What runs already is left as it is; an option that would change it is refused. ' +
        'Both listen on loopback only.',
    )
    .option('-p, --port <port>', 'where the router listens; 0 for any free port (as before, else 8080)', port)
    .option('--api-port <port>', 'where the API listens; 0 for any free port (as before, else 7070)', port)
    .option(
      '--database-url <url>',
      'a PostgreSQL to use instead of the embedded one (DATABASE_URL, which ps does not show)',
    )
    .option('--change-database', 'use another database than before; nothing is moved')
    .option(
      '--router-workers <count>',
      'processes that route (as before, else 1)',
      wholeNumber(1, MOST_WORKERS),
    )
    .option(
      '--allow-outgoing <list>',
      'what the control plane may call beside the public internet, such as 10.0.0.0/8,127.0.0.1:9090 (SLUICE_ALLOW_OUTGOING, else as before, else nothing)',
    )
    .option('--foreground', 'stay, and stop everything at Ctrl-C')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice up\n  $ sluice up --port 8081 --api-port 7071 --directory ./other',
    )
    .action((options: UpOptions) => run((context) => bringUp(context, options)));
};

async function bringUp(context: CommandContext, options: UpOptions): Promise<ExitCode> {
  const { directory, world } = context;
  if (context.dryRun) return wouldBe(context, `start control plane and host in ${directory}`);
  const asked: Asked = {
    directory,
    routerPort: options.port,
    apiPort: options.apiPort,
    routerWorkers: options.routerWorkers,
    allowOutgoing: options.allowOutgoing,
    database: askedDatabase(options, world),
    changeDatabase: options.changeDatabase === true,
  };
  const outcome = await withMachineLock(directory, () =>
    start(asked, world.environment['SLUICE_ALLOW_OUTGOING'] || undefined),
  );
  if (!outcome.ok) return context.refuse(outcome.refused);
  const machine = outcome.value;
  const { from } = asked.database ?? {};
  if (context.json) context.printJson({ directory, ...machine, ...(from ? { databaseFrom: from } : {}) });
  else context.print([...machineLines(context, machine, from), ...kubeconfigDoubts(context, machine)]);
  return options.foreground ? stay(context, machine) : EXIT.ok;
}

function askedDatabase({ databaseUrl }: UpOptions, { environment }: World): AskedDatabase | undefined {
  if (databaseUrl !== undefined) return { url: databaseUrl, from: '--database-url' };
  // Set to nothing is how a shell leaves a variable out for one command.
  const url = environment['DATABASE_URL'];
  return url ? { url, from: 'DATABASE_URL' } : undefined;
}

async function start(asked: Asked, allowedInShell: string | undefined): Promise<Outcome<Machine>> {
  const { directory } = asked;
  const found = await findSettledMachine(directory);
  const refused = refuseConflicts(asked, found);
  if (refused) return { ok: false, refused };
  const { record } = found;
  const machine = await startMachine({
    directory,
    routerPort: asked.routerPort ?? record?.routerPort ?? DEFAULTS.routerPort,
    apiPort: asked.apiPort ?? record?.plane?.apiPort ?? DEFAULTS.apiPort,
    routerWorkers: asked.routerWorkers ?? record?.routerWorkers ?? DEFAULTS.routerWorkers,
    databaseUrl: asked.database?.url,
    allowOutgoing: asked.allowOutgoing ?? allowedInShell,
    lookEveryMs: LOOK_EVERY_MS,
  });
  return { ok: true, value: machine };
}

function machineLines(
  { directory, style, world }: CommandContext,
  machine: Machine,
  databaseFrom: AskedDatabase['from'] | undefined,
): readonly string[] {
  const { host, server } = machine.adopted;
  const wasUp = host && server && !machine.databaseRevived;
  const state = wasUp ? 'was up already' : host || server ? 'is up again' : 'is up';
  const origin = databaseFrom === 'DATABASE_URL' ? '  (from DATABASE_URL in the environment)' : '';
  const rows = [
    ['router', `http://127.0.0.1:${machine.routerPort}`],
    [
      'API',
      `http://127.0.0.1:${machine.apiPort}  (from this machine; whoever may read admin-token may do everything)`,
    ],
    ['database', `${databaseWords(machine.database)}${origin}`],
    ...kubeconfigRows(world, machine),
    ['files', directory],
  ];
  return [
    `${style.paint('good', style.symbols.done)} Sluice ${state}.`,
    ...aligned([{}, {}], rows).map((line) => `  ${line}`),
    'Next: sluice deploy -f sluice.yaml',
  ];
}

/** A control plane that was up already keeps to the environment that it was started with, which nobody here knows. */
function kubeconfigRows(world: World, { adopted }: Machine): readonly (readonly [string, string])[] {
  const { words } = usedKubeconfig(world);
  return words === null || adopted.server ? [] : [['clusters', `by ${words}`]];
}

function kubeconfigDoubts({ style, world }: CommandContext, { adopted }: Machine): readonly string[] {
  const warning = style.paint('warn', 'warning');
  if (adopted.server)
    return world.environment['KUBECONFIG']
      ? [`The control plane was up already, and keeps to the kubeconfig that it was started with.`]
      : [];
  return usedKubeconfig(world).absent.map(
    (file) => `${warning}  KUBECONFIG names ${file}, which is not there: no cluster is reached by it.`,
  );
}

/** Stays until Ctrl-C and then stops everything; when a process ends by itself, the other is left as it is. */
async function stay(context: CommandContext, machine: Machine): Promise<ExitCode> {
  const { world, directory } = context;
  const files = machineFiles(directory);
  const watched = [
    { name: 'control plane', identity: machine.server, log: files.serverLog },
    { name: 'host', identity: machine.host, log: files.hostLog },
  ];
  while (!world.interrupted.aborted) {
    for (const { name, identity, log } of watched) {
      if (isRunning(identity)) continue;
      context.note(`The ${name} ended by itself; see ${log}. \`sluice up\` starts it again.`);
      return EXIT.failed;
    }
    await world.wait(WATCH_EVERY_MS, world.interrupted);
  }
  context.note('stopping');
  await withMachineLock(directory, () => stopMachine({ directory, keepProcesses: false }));
  return EXIT.ok;
}
