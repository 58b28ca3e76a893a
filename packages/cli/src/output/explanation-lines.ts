import type { TrackView } from '@sluice/protocol/http/views.ts';
import { approvalWords } from './gate-lines.ts';
import { endWords } from './rollout-words.ts';
import type { Space } from './space.ts';
import { harmless, wrap } from './text-width.ts';

const TEXT_COLUMNS = 100;
const LABEL_WIDTH = 15;

/** An explanation as paragraphs under labels. */
export function explanationLines(track: TrackView, { columns, style }: Space): readonly string[] {
  const { explanation, active, last } = track;
  const width = Math.max(30, Math.min(TEXT_COLUMNS, columns) - LABEL_WIDTH - 2);
  const part = (label: string, texts: readonly (string | null)[]): readonly string[] =>
    texts
      .filter((text) => text !== null)
      .flatMap((text) => wrap(harmless(text), width))
      .map((line, at) => `  ${style.paint('dim', (at === 0 ? label : '').padEnd(LABEL_WIDTH))}${line}`);
  return [
    style.paint('strong', track.id),
    ...part('now', [explanation.doing]),
    ...part('because', [active?.reason?.detail ?? null]),
    ...part('waits for', [explanation.waitingFor]),
    ...part('approvals', approvalWords(active?.approvals)),
    ...part('next', [explanation.next]),
    ...part('what is known', active?.plan.traffic === 'uncounted' ? [] : explanation.evidence),
    ...(active ? [] : part('before that', [last ? endWords(last) : null])),
  ];
}
