import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { toolLines, toolTable } from '../output/tool-lines.ts';
import { type Outcome, refusal, refusedByApi } from '../refused.ts';
import { addTools } from './tools/add-tools.ts';
import { importTools } from './tools/import-tools.ts';
import { listCalls } from './tools/list-calls.ts';
import { listHooks } from './tools/list-hooks.ts';

/** `sluice tools`: what agents may call. */
export const tools: DefineCommand = (command, run) => {
  command
    .description(
      'Registers tools and the tools of MCP servers, lists and removes them, and shows what agents called and what hooks ' +
        'said. Which agent may call which tool stands in its sluice.yaml.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice tools import --as 1 -- node src/order-tools.ts\n  $ sluice tools list\n' +
        '  $ sluice tools calls --state failed',
    );
  command
    .command('list')
    .summary('list the registered tools')
    .description('Lists the registered tools, and which of them are left alone because they failed.')
    .addHelpText('after', '\nExample:\n  $ sluice tools list')
    .action(() => run(list));
  command
    .command('show')
    .summary('show a tool with its schemas')
    .description('Shows one version of a tool, with its schemas and how it is called.')
    .argument('<tool>', 'name@version')
    .addHelpText('after', '\nExample:\n  $ sluice tools show find-order@1')
    .action((tool: string) => run((context) => show(context, tool)));
  addTools(command.command('add').summary('register tools of a file'), run);
  importTools(command.command('import').summary('register the tools of an MCP server'), run);
  command
    .command('remove')
    .summary('forget a version of a tool')
    .description('Forgets one version of a tool. The record of its calls stays.')
    .argument('<tool>', 'name@version')
    .addHelpText('after', '\nExample:\n  $ sluice tools remove find-order@1')
    .action((tool: string) => run((context) => remove(context, tool)));
  listCalls(command.command('calls').summary('list what agents called'), run);
  listHooks(command.command('hooks').summary('list what hooks said'), run);
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.tools(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(toolTable(all.value, context.space()));
  return EXIT.ok;
}

async function show(context: CommandContext, text: string): Promise<ExitCode> {
  const named = referenceIn(text);
  if (!named.ok) return context.refuse(named.refused);
  const api = await context.api();
  const reply = await api.tool(named.value.name, named.value.version);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(toolLines(reply.value, context.space()));
  return EXIT.ok;
}

async function remove(context: CommandContext, text: string): Promise<ExitCode> {
  const named = referenceIn(text);
  if (!named.ok) return context.refuse(named.refused);
  if (context.dryRun) return wouldBe(context, `forget the tool ${text}`);
  const api = await context.api();
  const reply = await api.removeTool(named.value.name, named.value.version, context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The tool ${text} is not registered any more.`);
  return EXIT.ok;
}

function referenceIn(text: string): Outcome<{ readonly name: string; readonly version: string }> {
  const [name = '', version = '', ...rest] = text.split('@');
  if (name !== '' && version !== '' && rest.length === 0) return { ok: true, value: { name, version } };
  return refusal(EXIT.refusedInput, 'no-tool', {
    detail: `\`${text}\` does not name a version of a tool.`,
    remedy: 'Write its name and its version, for example find-order@1; `sluice tools list` shows them.',
  });
}
