import type { DefineCommand } from '../command-context.ts';
import { appendMemory } from './memory/append-memory.ts';
import { deleteMemory } from './memory/delete-memory.ts';
import { getMemory } from './memory/get-memory.ts';
import { listMemory } from './memory/list-memory.ts';
import { searchMemory } from './memory/search-memory.ts';
import { setMemory } from './memory/set-memory.ts';

/** `sluice memory`: what agents remember. */
export const memory: DefineCommand = (command, run) => {
  command
    .description(
      'Shows and changes what agents remember from one task to the next: for a session, for an agent, or for all of them.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice memory list --agent shop/production/triage\n' +
        '  $ sluice memory set tone \'"friendly"\' --agent shop/production/triage\n' +
        '  $ sluice memory search "late delivery" --agent shop/production/triage --session ann',
    );
  getMemory(command.command('get').summary('show what is remembered under a key'), run);
  setMemory(command.command('set').summary('remember a value under a key'), run);
  appendMemory(command.command('append').summary('add a line to a key'), run);
  listMemory(command.command('list').summary('list what is remembered'), run);
  searchMemory(command.command('search').summary('find what is remembered by its words'), run);
  deleteMemory(command.command('delete').summary('forget a key'), run);
};
