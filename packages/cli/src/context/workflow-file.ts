import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { WorkflowInput } from '@sluice/protocol/http/workflows.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';
import type { World } from '../world.ts';

/** A workflow as it stands in a JSON file, or in standard input by `-`; what it says is judged by the control plane. */
export async function readWorkflowFile(world: World, file: string): Promise<Outcome<WorkflowInput>> {
  const text = await textOf(world, file);
  if (!text.ok) return text;
  try {
    const value: unknown = JSON.parse(text.value);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { ok: true, value: value as WorkflowInput };
    return noWorkflow(file, 'it is no object');
  } catch (thrown) {
    return noWorkflow(file, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const noWorkflow = (file: string, what: string) =>
  refusal(EXIT.refusedInput, 'invalid-json', {
    detail: `${file === '-' ? 'Standard input' : `The file ${file}`} is no workflow: ${what}.`,
    remedy:
      'Write JSON such as {"tasks":[{"name":"a","track":"shop/production/agent"}]}; the guide has all of it.',
  });

async function textOf(world: World, file: string): Promise<Outcome<string>> {
  if (file === '-') return { ok: true, value: await world.readStandardInput() };
  try {
    return { ok: true, value: await readFile(resolve(world.workingDirectory, file), 'utf8') };
  } catch (thrown) {
    const { code = 'unreadable' } = Object(thrown) as { code?: string };
    return refusal(EXIT.refusedInput, 'unreadable-file', {
      detail: `The file ${file} cannot be read (${code}).`,
      remedy: 'Name a JSON file that is there, or - for standard input.',
    });
  }
}
