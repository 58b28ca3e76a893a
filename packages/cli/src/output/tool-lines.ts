import type {
  HookFiringView,
  ToolCallStateView,
  ToolCallView,
  ToolView,
} from '@sluice/protocol/http/tools.ts';
import type { Space } from './space.ts';
import type { Style, Tone } from './style.ts';
import { aligned, table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { latencyWords, momentWords } from './words.ts';

const TONES: Readonly<Record<ToolCallStateView, Tone>> = {
  running: 'accent',
  succeeded: 'good',
  failed: 'bad',
  refused: 'warn',
  unknown: 'bad',
};

/** Registered tools as a table. */
export function toolTable(tools: readonly ToolView[], { style, columns }: Space): readonly string[] {
  if (tools.length === 0)
    return ['No tool is registered; `sluice tools add` and `sluice tools import` register some.'];
  const rows = tools.map(({ definition, breaker, downstream }) => [
    `${definition.name}@${definition.version}`,
    definition.runner.kind,
    effectOf(definition),
    breakerWords(style, breaker),
    downstream === null ? '' : harmless(downstream.name),
    downstream === null ? '' : breakerWords(style, downstream.breaker),
    harmless(definition.description.split('\n')[0] ?? ''),
  ]);
  const titles = ['TOOL', 'KIND', 'EFFECT', 'BREAKER', 'BEHIND IT', 'BREAKER', 'DESCRIPTION'];
  return table(
    titles.map((title) => ({ title })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

const effectOf = ({ readOnly, idempotent }: ToolView['definition']): string => {
  if (readOnly) return 'reads';
  return idempotent ? 'acts, knows repetitions' : 'acts';
};

const breakerWords = (style: Style, breaker: ToolView['breaker']): string =>
  breaker === 'closed' ? breaker : style.paint(breaker === 'open' ? 'bad' : 'warn', breaker);

/** Everything that is known of a tool, then its schemas. */
export function toolLines({ definition, breaker, createdAt }: ToolView, { style }: Space): readonly string[] {
  const { runner } = definition;
  const lines = aligned(
    [{}, {}],
    [
      ['tool', `${definition.name}@${definition.version}`],
      ['description', harmless(definition.description.split('\n')[0] ?? '') || '-'],
      ['kind', runner.kind],
      ['effect', effectOf(definition)],
      ['time limit', latencyWords(definition.timeoutMs)],
      ['tries again', String(definition.retries)],
      ['breaker', breakerWords(style, breaker)],
      ['registered', momentWords(createdAt)],
    ],
  );
  const shown = (value: unknown): readonly string[] =>
    JSON.stringify(value, null, 2)
      .split('\n')
      .map((line) => `  ${harmless(line)}`);
  return [
    ...lines,
    '',
    'runs as',
    ...shown(runner),
    'takes',
    ...shown(definition.input),
    'gives',
    ...(definition.output === null ? ['  anything'] : shown(definition.output)),
  ];
}

/** Calls as a table. */
export function toolCallTable(calls: readonly ToolCallView[], { style, columns }: Space): readonly string[] {
  if (calls.length === 0) return ['There is no such call.'];
  const rows = calls.map((call) => [
    momentWords(call.startedAt),
    call.task,
    String(call.attempt),
    call.name,
    call.servedBy ?? '-',
    style.paint(TONES[call.state], call.state),
    call.endedAt === null ? '' : latencyWords(call.endedAt - call.startedAt),
    harmless(call.failure === null ? call.arguments : `${call.failure.reason}: ${call.failure.message}`),
  ]);
  const titles = [
    'BEGAN',
    'TASK',
    'ATTEMPT',
    'CALLED',
    'SERVED BY',
    'STATE',
    'TOOK',
    'ARGUMENTS, OR FAILURE',
  ];
  return table(
    titles.map((title) => ({ title, align: title === 'ATTEMPT' ? ('right' as const) : ('left' as const) })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

/** What hooks said as a table. */
export function hookTable(firings: readonly HookFiringView[], { style, columns }: Space): readonly string[] {
  if (firings.length === 0) return ['No hook has been asked.'];
  const rows = firings.map((one) => [
    momentWords(one.at),
    one.hook,
    one.moment,
    one.task ?? harmless(one.session ?? ''),
    one.tool ?? '',
    verdictOf(style, one),
    latencyWords(one.durationMs),
    harmless(one.message),
  ]);
  const titles = ['AT', 'HOOK', 'MOMENT', 'TASK', 'TOOL', 'SAID', 'TOOK', 'WHY'];
  return table(
    titles.map((title) => ({ title })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

function verdictOf(style: Style, { moment, isAllowed, hasFailed }: HookFiringView): string {
  if (!isAllowed) return style.paint('bad', hasFailed ? 'failed, so no' : 'no');
  if (hasFailed) return style.paint('warn', 'failed');
  return moment.startsWith('before-') ? 'yes' : 'heard';
}
