import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { toolDefinitionSchema, type ToolView } from '@sluice/protocol/http/tools.ts';
import { z } from 'zod';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { toolTable } from '../../output/tool-lines.ts';
import { type Outcome, refusal, refusedByApi } from '../../refused.ts';

type Definition = z.infer<typeof toolDefinitionSchema>;

/** `sluice tools add`: registers the tools of a file. */
export const addTools: DefineCommand = (command, run) => {
  command
    .description(
      'Registers the tools of a JSON file: one definition, or a list of them. A version never changes: the same definition ' +
        'once more changes nothing, and another one is refused.',
    )
    .argument('<file>', 'JSON file with one definition or a list of them; - for standard input')
    .addHelpText(
      'after',
      '\nExample:\n  $ echo \'{"name":"find-order","version":"1","readOnly":true,"runner":{"kind":"http",' +
        '"url":"http://127.0.0.1:9000/find"}}\' | sluice tools add -',
    )
    .action((file: string) => run((context) => add(context, file)));
};

async function add(context: CommandContext, file: string): Promise<ExitCode> {
  const read = await definitionsIn(context, file);
  if (!read.ok) return context.refuse(read.refused);
  const names = read.value.map(({ name, version }) => `${name}@${version}`).join(', ');
  if (context.dryRun) return wouldBe(context, `register ${names}`);
  const api = await context.api();
  const added: ToolView[] = [];
  for (const tool of read.value) {
    const reply = await api.addTool(tool, context.world.userName);
    if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
    added.push(reply.value);
  }
  if (context.json) context.printJson({ items: added });
  else context.print(toolTable(added, context.space()));
  return EXIT.ok;
}

async function definitionsIn(
  { world }: CommandContext,
  file: string,
): Promise<Outcome<readonly Definition[]>> {
  try {
    const text =
      file === '-'
        ? await world.readStandardInput()
        : await readFile(resolve(world.workingDirectory, file), 'utf8');
    const json = JSON.parse(text) as unknown;
    const read = z
      .array(toolDefinitionSchema)
      .min(1)
      .safeParse(Array.isArray(json) ? json : [json]);
    if (read.success) return { ok: true, value: read.data };
    const [fault] = read.error.issues;
    return noTools(file, `${fault?.path.join('.') ?? ''}: ${fault?.message ?? ''}`);
  } catch (thrown) {
    return noTools(file, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const noTools = (file: string, why: string) =>
  refusal(EXIT.refusedInput, 'no-tools', {
    detail: `${file} holds no definitions of tools: ${why}.`,
    remedy: 'Write a definition as the guide on tools shows it, or a list of them.',
  });
