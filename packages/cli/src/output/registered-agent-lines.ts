import type { RegisteredAgentView } from '@sluice/protocol/http/registered-agents.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';

const TITLES = ['AGENT', 'NAME', 'CATEGORY', 'STATUS', 'CAPABILITIES'];

/** Registered agents as a table. */
export function registeredAgentLines(
  agents: readonly RegisteredAgentView[],
  { style, columns }: Space,
): readonly string[] {
  if (agents.length === 0)
    return [
      'No agent is registered; `sluice agents register` registers one whose workers connect by themselves.',
    ];
  const rows = agents.map((one) => [
    one.id,
    harmless(one.name),
    harmless(one.category),
    one.status === 'active' ? style.paint('good', one.status) : one.status,
    one.capabilities.map(harmless).join(', '),
  ]);
  return table(
    TITLES.map((title) => ({ title })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}
