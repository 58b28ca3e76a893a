import { formatInstant } from '../kernel/civil-date.ts';
import type { Instant } from '../kernel/instant.ts';
import type { Delivery, DeliveryVoice } from './deliveries.ts';
import type { Period } from './dora.ts';
import { csvLine } from './export-lines.ts';

/** What a report is made over, and what vouches for it. */
export interface ReportFrame extends Period {
  /** Null: every project. */
  readonly project: string | null;
  readonly projectOf: (application: string) => string;
  readonly madeAt: Instant;
  /** Size and root of the ledger that it was made from, and whether the ledger verified. */
  readonly ledger: { readonly size: number; readonly rootHash: string };
}

const HEADS = [
  ...['rollout', 'project', 'track', 'version', 'commit', 'strategy', 'author', 'requested'],
  ...['approvers', 'outcome', 'ended', 'evidence', 'ledger entry'],
];

/** The changes of a period: those that were asked for or ended in it. */
export function changesOf(deliveries: readonly Delivery[], frame: ReportFrame): readonly Delivery[] {
  const within = (at: Instant | null): boolean => at !== null && at >= frame.from && at < frame.to;
  return deliveries.filter(
    (delivery) =>
      (within(delivery.requestedAt) || within(delivery.endedAt)) &&
      (frame.project === null || projectOf(delivery, frame) === frame.project),
  );
}

/** The report as a table. */
export function reportCsv(changes: readonly Delivery[], frame: ReportFrame): string {
  const rows = changes.map((change) => csvLine(cellsOf(change, frame)));
  return [csvLine(HEADS), ...rows].join('');
}

/** The report for people. */
export function reportMarkdown(changes: readonly Delivery[], frame: ReportFrame): string {
  const { size, rootHash } = frame.ledger;
  const project = frame.project === null ? 'all projects' : `project ${cell(frame.project)}`;
  const rows = changes.map((change) => `| ${cellsOf(change, frame).map(cell).join(' | ')} |`);
  const table = [`| ${HEADS.join(' | ')} |`, `|${' --- |'.repeat(HEADS.length)}`, ...rows];
  return [
    `# Changes from ${formatInstant(frame.from)} to ${formatInstant(frame.to)}, ${project}`,
    `Made at ${formatInstant(frame.madeAt)} from the ledger of ${size} entries with the root \`${rootHash}\`.`,
    summary(changes),
    ...(changes.length === 0 ? [] : [table.join('\n')]),
    ...exceptions(changes),
  ]
    .join('\n\n')
    .concat('\n');
}

function summary(changes: readonly Delivery[]): string {
  const count = (outcome: Delivery['outcome']): number =>
    changes.filter((change) => change.outcome === outcome).length;
  const parts = (['succeeded', 'rolled-back', 'dropped', 'under way'] as const).map(
    (outcome) => `${count(outcome)} ${outcome}`,
  );
  return `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}: ${parts.join(', ')}.`;
}

/** What somebody who checks would ask about. */
function exceptions(changes: readonly Delivery[]): readonly string[] {
  const broken = changes.filter(({ voices }) =>
    voices.some(({ decision }) => decision === 'broke the glass'),
  );
  const alone = changes.filter(
    ({ voices, author, outcome }) =>
      outcome === 'succeeded' && !voices.some(({ by, decision }) => decision === 'approved' && by !== author),
  );
  const list = (title: string, found: readonly Delivery[]): string =>
    `${title}: ${found.length === 0 ? 'none' : found.map(({ rollout }) => cell(rollout)).join(', ')}.`;
  return [
    list('Past the gates (glass broken)', broken),
    list('Succeeded without the approval of anybody but the author', alone),
  ];
}

function cellsOf(change: Delivery, frame: ReportFrame): readonly string[] {
  return [
    ...[change.rollout, projectOf(change, frame), change.track, change.version, change.commit ?? ''],
    ...[
      change.lane === 'normal' ? change.strategy : change.lane,
      change.author,
      formatInstant(change.requestedAt),
    ],
    change.voices.map(voiceWords).join('; '),
    ...[change.outcome, change.endedAt === null ? '' : formatInstant(change.endedAt), change.evidence],
    String(change.sequence),
  ];
}

const voiceWords = ({ by, decision, reason }: DeliveryVoice): string =>
  `${by} ${decision}${reason === null ? '' : ` (${reason})`}`;

const projectOf = ({ track }: Delivery, frame: ReportFrame): string =>
  frame.projectOf(track.split('/')[0] ?? '');

/** Text as it stands in a table of Markdown, without becoming markup or another cell. */
const cell = (text: string): string =>
  text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~]/g, '\\$&');
