import { formatShare } from '@sluice/core/kernel/share.ts';
import type { ReleaseReply } from '@sluice/protocol/http/requests.ts';
import type { PlanView } from '@sluice/protocol/http/views.ts';
import type { Space } from './space.ts';
import { aligned } from './table.ts';
import { harmless, wrap } from './text-width.ts';

const TEXT_COLUMNS = 100;

/** What a release becomes, or would become: every component with its steps, limits and warnings. */
export function releaseLines(reply: ReleaseReply, space: Space): readonly string[] {
  const { style } = space;
  const title = `${reply.application} ${style.paint('accent', reply.version)} in ${reply.environment}`;
  const rollouts = reply.rollouts.flatMap(({ track, plan, revision }) => [
    '',
    `${style.paint('strong', track)}  ${kindOf(plan)}, ${revision}`,
    ...planLines(plan, space),
  ]);
  const underWay = reply.underWay.map(({ track, rollout }) =>
    style.paint('dim', `${track} is under way already: this very revision is being rolled out (${rollout}).`),
  );
  const unchanged = reply.unchanged.map(({ track }) =>
    style.paint('dim', `${track} is unchanged: this very revision is stable.`),
  );
  const others = [...underWay, ...unchanged];
  const told = new Set(reply.rollouts.flatMap(({ plan }) => plan.warnings));
  const warnings = reply.warnings
    .filter((warning) => ![...told].some((known) => warning.includes(known)))
    .flatMap((warning) => warningLines(warning, space));
  return [title, ...rollouts, ...(others.length > 0 ? ['', ...others] : []), ...warnings];
}

const kindOf = ({ kind, strategy, promotes }: PlanView): string =>
  `${kind}${strategy === kind ? '' : ` "${strategy}"`}${promotes ? '' : ', a test that does not promote'}`;

function planLines(plan: PlanView, space: Space): readonly string[] {
  const rows = plan.steps.map(({ words, candidateShareBasisPoints }, at) => [
    `${at + 1}.`,
    formatShare(candidateShareBasisPoints),
    harmless(words),
  ]);
  const steps = aligned([{ align: 'right' }, { align: 'right' }, {}], rows);
  const limits = toldOnce(plan.limits).flatMap(({ limit, words }) => limitLines(limit, words, space));
  return [
    ...(plan.gates ?? []).map((words) => `  ${space.style.paint('dim', 'gate')} ${harmless(words)}`),
    ...steps.map((line) => `  ${line}`),
    ...limits,
    ...(plan.detects === null ? [] : evidenceLines(plan.detects, space)),
    ...plan.warnings.flatMap((warning) => warningLines(warning, space)),
  ];
}

/** A limit of which the same is to be said in several steps is told once, with the shares of all of them. */
function toldOnce(limits: PlanView['limits']): readonly { readonly limit: string; readonly words: string }[] {
  const told = new Map<string, { name: string; shares: Set<string>; words: string }>();
  for (const { limit, words } of limits) {
    const [, name = limit, share] = /^(.*) at (\S+ %)$/.exec(limit) ?? [];
    const same = told.get(`${name} ${words}`) ?? { name, shares: new Set(), words };
    if (share !== undefined) same.shares.add(share);
    told.set(`${name} ${words}`, same);
  }
  return [...told.values()].map(({ name, shares, words }) => ({
    limit: shares.size === 0 ? name : `${name} at ${[...shares].join(', ').replace(/, ([^,]*)$/, ' and $1')}`,
    words,
  }));
}

function limitLines(limit: string, words: string, { columns, style }: Space): readonly string[] {
  const lines = wrap(harmless(words), textWidth(columns) - 4);
  return [`  ${style.paint('dim', 'limit')} ${harmless(limit)}`, ...lines.map((line) => `    ${line}`)];
}

function evidenceLines(words: string, { columns, style }: Space): readonly string[] {
  const lines = wrap(harmless(words), textWidth(columns) - 4);
  return [`  ${style.paint('dim', 'evidence')}`, ...lines.map((line) => `    ${line}`)];
}

function warningLines(warning: string, { columns, style }: Space): readonly string[] {
  const [first = '', ...rest] = wrap(harmless(warning), textWidth(columns) - 11);
  return [`  ${style.paint('warn', 'warning')}  ${first}`, ...rest.map((line) => `           ${line}`)];
}

const textWidth = (columns: number): number => Math.max(40, Math.min(TEXT_COLUMNS, columns));
