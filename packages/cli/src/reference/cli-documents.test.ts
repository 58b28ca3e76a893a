import { expect, test } from 'vitest';
import { COMMANDS } from '../command-table.ts';
import { cliDocuments } from './cli-documents.ts';

test('the reference has every command with its example, the exit codes and the variables', async () => {
  const [document] = cliDocuments();
  const text = (await document?.produce()) ?? '';
  expect(document?.path).toBe('docs/reference/cli.md');
  for (const { name } of COMMANDS)
    expect(text).toContain(`## sluice ${name}\n\n\`\`\`text\nUsage: sluice ${name} `);
  expect(text).toContain('| 3 | The rollout that was waited for was taken back. |');
  expect(text).toContain('| `CANARY_WEIGHT` |');
  expect(await document?.produce()).toBe(text);
});
