import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { wholeNumber } from '../context/number-option.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { machineFiles } from '../machine/machine-files.ts';
import { withMachineLock } from '../machine/machine-lock.ts';
import { isRunning } from '../machine/process-identity.ts';
import { type Machine, startMachine } from '../machine/start-machine.ts';
import { stopMachine } from '../machine/stop-machine.ts';
import { aligned } from '../output/table.ts';

interface UpOptions {
  readonly port: number;
  readonly apiPort: number;
  readonly databaseUrl?: string;
  readonly routerWorkers: number;
  readonly foreground?: boolean;
}

const HIGHEST_PORT = 65_535;
const MOST_WORKERS = 64;
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
        'this command and each other. What runs already is left as it is. Both listen on loopback only.',
    )
    .option('-p, --port <port>', 'where the router listens; 0 for any free port', port, 8080)
    .option('--api-port <port>', 'where the API listens; 0 for any free port', port, 7070)
    .option('--database-url <url>', 'a PostgreSQL to use instead of the embedded one (DATABASE_URL)')
    .option('--router-workers <count>', 'processes that route', wholeNumber(1, MOST_WORKERS), 1)
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
  const machine = await withMachineLock(directory, () =>
    startMachine({
      directory,
      routerPort: options.port,
      apiPort: options.apiPort,
      routerWorkers: options.routerWorkers,
      databaseUrl: options.databaseUrl ?? world.environment['DATABASE_URL'],
      lookEveryMs: LOOK_EVERY_MS,
    }),
  );
  if (context.json) context.printJson({ directory, ...machine });
  else context.print(machineLines(context, machine));
  return options.foreground ? stay(context, machine) : EXIT.ok;
}

function machineLines({ directory, style }: CommandContext, machine: Machine): readonly string[] {
  const { host, server } = machine.adopted;
  const state = host && server ? 'was up already' : host || server ? 'is up again' : 'is up';
  const rows = [
    ['router', `http://127.0.0.1:${machine.routerPort}`],
    ['API', `http://127.0.0.1:${machine.apiPort}  (for this machine only: there is no access control yet)`],
    ['files', directory],
  ];
  return [
    `${style.paint('good', style.symbols.done)} Sluice ${state}.`,
    ...aligned([{}, {}], rows).map((line) => `  ${line}`),
    'Next: sluice deploy -f sluice.yaml',
  ];
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
      if (await isRunning(identity)) continue;
      context.note(`The ${name} ended by itself; see ${log}. \`sluice up\` starts it again.`);
      return EXIT.failed;
    }
    await world.wait(WATCH_EVERY_MS, world.interrupted);
  }
  context.note('stopping');
  await withMachineLock(directory, () => stopMachine({ directory, keepProcesses: false }));
  return EXIT.ok;
}
