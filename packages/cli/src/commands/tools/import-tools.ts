import type { ToolImportInput } from '@sluice/protocol/http/tool-calls.ts';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readDuration } from '../../context/duration-option.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { toolTable } from '../../output/tool-lines.ts';
import { type Outcome, refusal, refusedByApi } from '../../refused.ts';

interface ImportOptions {
  readonly as: string;
  readonly url?: string;
  readonly prefix?: string;
  readonly only?: readonly string[];
  readonly timeout?: string;
  readonly retries?: number;
  readonly secret?: readonly string[];
}

/** `sluice tools import`: registers the tools of an MCP server. */
export const importTools: DefineCommand = (command, run) => {
  command
    .description(
      'Asks an MCP server for its tools and registers them with their schemas: a program that the control plane starts, ' +
        'given after --, or a server at a URL. What the server says of its tools (whether they only read, whether they know ' +
        'repetitions) is believed; `sluice tools list` shows it.',
    )
    .argument('[command...]', 'the program and its arguments, after --')
    .requiredOption('--as <version>', 'the version that they are registered as')
    .option('--url <address>', 'a server over streamable HTTP, instead of a program')
    .option('--prefix <text>', 'what their names begin with here')
    .option('--only <list>', 'only these, as the server calls them: a,b', (text: string) => text.split(','))
    .option('--timeout <duration>', 'how long one try of a call may take (default: 30s)')
    .option('--retries <count>', 'how often a call that failed is tried again', wholeNumber(0, 10))
    .option(
      '--secret <name=VARIABLE>',
      'a variable of the program, or a header, whose value the control plane reads from its environment; repeatable',
      (text: string, before: readonly string[]) => [...before, text],
      [] as readonly string[],
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice tools import --as 1 -- node src/order-tools.ts\n' +
        '  $ sluice tools import --as 2 --url https://tools.example.com/mcp --secret authorization=TOOLS_TOKEN',
    )
    .action((program: readonly string[], options: ImportOptions) =>
      run((context) => importAll(context, program, options)),
    );
};

async function importAll(
  context: CommandContext,
  program: readonly string[],
  options: ImportOptions,
): Promise<ExitCode> {
  const request = requestOf(context, program, options);
  if (!request.ok) return context.refuse(request.refused);
  const from = options.url ?? program.join(' ');
  if (context.dryRun) return wouldBe(context, `register the tools of ${from}`);
  const api = await context.api();
  const reply = await api.importTools(request.value);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else
    context.print(
      toolTable(
        reply.value.items.map(({ tool }) => tool),
        context.space(),
      ),
    );
  return EXIT.ok;
}

function requestOf(
  { world }: CommandContext,
  program: readonly string[],
  { as: version, url, prefix, only, timeout, retries, secret = [] }: ImportOptions,
): Outcome<ToolImportInput> {
  if ((url === undefined) === (program.length === 0))
    return refusal(EXIT.refusedInput, 'which-server', {
      detail: 'It is not said which MCP server to ask, or it is said twice.',
      remedy: 'Give --url, or a program after --: `sluice tools import --as 1 -- node src/order-tools.ts`.',
    });
  const timeoutMs = timeout === undefined ? null : readDuration(timeout, '--timeout');
  if (timeoutMs !== null && !timeoutMs.ok) return timeoutMs;
  const secrets = Object.fromEntries(
    secret.map((text) => {
      const at = text.indexOf('=');
      const name = text.slice(0, at === -1 ? undefined : at);
      return [name, { from: 'environment' as const, name: at === -1 ? name : text.slice(at + 1) }];
    }),
  );
  const server: ToolImportInput['server'] =
    url === undefined
      ? { over: 'stdio', command: [...program], directory: world.workingDirectory, secrets }
      : { over: 'http', url, secrets };
  return {
    ok: true,
    value: {
      ...{ server, version, by: world.userName },
      ...(prefix !== undefined && { prefix }),
      ...(only !== undefined && { only: [...only] }),
      ...(timeoutMs !== null && { timeoutMs: timeoutMs.value }),
      ...(retries !== undefined && { retries }),
    },
  };
}
