import type { PoolView } from '@sluice/protocol/http/pools.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readAll } from '../context/read-all.ts';
import { type TargetOptions, findTrack, withTarget } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type PoolState, poolDetailLines, poolLines } from '../output/pool-lines.ts';
import { type Outcome, refusal, refusedByApi } from '../refused.ts';

/** `sluice pools`: how many workers there are to be. */
export const pools: DefineCommand = (command, run) => {
  command
    .description(
      'Shows for each revision of agents with a pool how many workers it is to have, how many are connected to the server ' +
        'that answers, and why. Components without `agents.pool` have as many as their release orders, and no pool.',
    )
    .usage('<verb> [options]')
    .addHelpText('after', '\nExamples:\n  $ sluice pools list\n  $ sluice pools show shop/production/triage');
  command
    .command('list')
    .summary('list all pools')
    .description('Lists all pools, a line for each revision.')
    .addHelpText('after', '\nExample:\n  $ sluice pools list')
    .action(() => run(list));
  withTarget(
    command
      .command('show')
      .summary('show the pools of one component')
      .description('Shows the pools of one component, and why each is as large as it is.'),
  )
    .addHelpText('after', '\nExample:\n  $ sluice pools show shop/production/triage')
    .action((target: string | undefined, options: TargetOptions) =>
      run((context) => show(context, target, options)),
    );
};

async function list(context: CommandContext): Promise<ExitCode> {
  const known = await poolsOf(context, undefined);
  if (!known.ok) return context.refuse(known.refused);
  if (context.json) context.printJson({ items: known.value });
  else context.print(poolLines(known.value, context.space()));
  return EXIT.ok;
}

async function show(
  context: CommandContext,
  target: string | undefined,
  options: TargetOptions,
): Promise<ExitCode> {
  const found = await findTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const { id } = found.value;
  const known = await poolsOf(context, id);
  if (!known.ok) return context.refuse(known.refused);
  if (known.value.length === 0) return context.refuse(noPool(id).refused);
  if (context.json) context.printJson({ items: known.value });
  else context.print(poolDetailLines(known.value, context.space()));
  return EXIT.ok;
}

async function poolsOf(
  context: CommandContext,
  track: string | undefined,
): Promise<Outcome<readonly PoolState[]>> {
  const api = await context.api();
  const reply = await api.pools({ track });
  if (!reply.ok) return { ok: false, refused: refusedByApi(reply.failure, api.baseUrl) };
  const queues = await readAll(context, (from, page) => from.queues(page));
  if (!queues.ok) return queues;
  const connected = new Map(
    queues.value.flatMap((queue) =>
      queue.revisions.map(({ revision, workers }) => [`${queue.track} ${revision}`, workers] as const),
    ),
  );
  const countOf = ({ track: of, revision }: PoolView): number => connected.get(`${of} ${revision}`) ?? 0;
  return { ok: true, value: reply.value.items.map((pool) => ({ ...pool, connected: countOf(pool) })) };
}

const noPool = (track: string) =>
  refusal(EXIT.refusedByState, 'no-pool', {
    detail: `${track} has no pool: it has as many workers as its release ordered.`,
    remedy:
      'Declare `agents.pool` in its sluice.yaml and release it; `sluice pools list` shows the pools there are.',
  });
