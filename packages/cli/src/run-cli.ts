import manifest from '../package.json' with { type: 'json' };
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { Command, CommanderError } from 'commander';
import type { CommandContext, DefineCommand, Work } from './command-context.ts';
import { COMMANDS } from './command-table.ts';
import { isSet, openContext, type SharedOptions } from './context/open-context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { exitCodesText } from './output/exit-codes-text.ts';
import type { World } from './world.ts';

/** Widest help; longer lines are hard to read. */
const HELP_WIDTH = 100;

/** Runs one command line and gives the number that the program ends with; never rejects. */
export async function runCli(args: readonly string[], world: World): Promise<ExitCode> {
  if (args[0] === 'help' && args[1] === 'exit-codes') {
    world.stdout.write(exitCodesText());
    return EXIT.ok;
  }
  const asked = rewritten(args);
  const chosen: { work?: Work; options?: SharedOptions } = {};
  const errors: string[] = [];
  const program = await buildProgram(asked, { world, errors }, (work, options) => {
    Object.assign(chosen, { work, options });
  });
  try {
    await program.parseAsync(asked, { from: 'user' });
  } catch (thrown) {
    return endOfParsing(thrown, { json: asked.includes('--json'), errors, world });
  }
  return chosen.work ? doWork(chosen.work, openContext(world, chosen.options ?? {})) : EXIT.ok;
}

/** `help tasks list` is `tasks list --help`, no words are `--help`, and `--environment` is the long word for `--env`. */
function rewritten(args: readonly string[]): string[] {
  const [first, second] = args;
  if (first === undefined) return ['--help'];
  if (first === 'help' && second !== undefined) return [...args.slice(1), '--help'];
  return args.map((arg) => arg.replace(/^--environment(?=$|=)/, '--env'));
}

type Choose = (work: Work, options: SharedOptions) => void;

interface Reporting {
  readonly world: World;
  /** What the parser has to complain about. */
  readonly errors: string[];
}

/** Only the command that is named is loaded; the others are there for the list. */
async function buildProgram(args: readonly string[], reporting: Reporting, choose: Choose): Promise<Command> {
  const name = args.find((arg) => !arg.startsWith('-'));
  const { world, errors } = reporting;
  const program = bareProgram({
    columns: () => world.stdout.size().columns,
    out: (text) => world.stdout.write(text),
    error: (text) => errors.push(text),
  });
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).summary(entry.summary).helpGroup(entry.group);
    if (entry.name === name) defineCommand(command, await entry.load(), choose);
  }
  return program;
}

/** What the program prints on. */
export interface Surroundings {
  /** Width of the terminal; 0 when it is not known. */
  readonly columns: () => number;
  readonly out: (text: string) => void;
  readonly error: (text: string) => unknown;
}

/** The program without its commands. */
export function bareProgram({ columns, out, error }: Surroundings): Command {
  const width = () => Math.min(HELP_WIDTH, columns() || HELP_WIDTH);
  return new Command('sluice')
    .description('Progressive delivery that watches the evidence and takes a bad release back by itself.')
    .usage('<command> [options]')
    .enablePositionalOptions()
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: (text) => void error(text),
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(--help shows the options and an example)')
    .helpCommand('help [command]', 'show the help of a command, or `help exit-codes`')
    .addHelpText('after', '\nStart with `sluice up`, then `sluice deploy -f sluice.yaml`.');
}

/** Lets a command describe itself, with the options that all commands and their verbs have at the end. */
export function defineCommand(command: Command, define: DefineCommand, choose: Choose): void {
  const all = () => [command, ...command.commands];
  define(command, (work) =>
    choose(work, Object.assign({}, ...all().map((one) => one.opts<SharedOptions>()))),
  );
  for (const one of all()) addSharedOptions(one);
}

function addSharedOptions(command: Command): void {
  command
    .optionsGroup('Common options:')
    .option('--json', 'print one JSON document on stdout; refusals too')
    .option('--api <url>', 'address of the control plane (SLUICE_API)')
    .option('--directory <path>', 'directory of `sluice up` (SLUICE_HOME, default ~/.sluice)')
    .helpOption('-h, --help', 'show this help');
}

function endOfParsing(
  thrown: unknown,
  { json, errors, world }: Reporting & { readonly json: boolean },
): ExitCode {
  if (!(thrown instanceof CommanderError)) return reportFailure(thrown, world, json);
  if (thrown.exitCode === 0) return EXIT.ok;
  const detail = errors.join('').trim();
  const problem = { type: 'urn:sluice:problem:usage', code: 'usage', detail, remedy: 'See --help.' };
  if (json) world.stdout.write(`${JSON.stringify(problem)}\n`);
  else world.stderr.write(`${detail}\n`);
  return EXIT.refusedInput;
}

async function doWork(work: Work, context: CommandContext): Promise<ExitCode> {
  try {
    return await work(context);
  } catch (thrown) {
    return reportFailure(thrown, context.world, context.json);
  }
}

/** What nobody foresaw: said as it is, with the stack for those who ask. */
function reportFailure(thrown: unknown, world: World, json: boolean): ExitCode {
  const failure = SluiceError.from(thrown, 'sluice failed');
  const problem = {
    type: `urn:sluice:problem:${failure.code}`,
    code: failure.code,
    detail: failure.message,
    remedy: 'Set SLUICE_DEBUG=1 to see where it happened.',
  };
  if (json) world.stdout.write(`${JSON.stringify(problem)}\n`);
  else world.stderr.write(`${failure.message}\n`);
  if (isSet(world.environment['SLUICE_DEBUG'])) world.stderr.write(`${failure.stack}\n${causeOf(failure)}\n`);
  return EXIT.failed;
}

const causeOf = ({ cause }: Error): string => (cause instanceof Error ? String(cause.stack) : '');
