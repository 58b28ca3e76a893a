import type { TaskEventView } from '@sluice/protocol/http/task-events.ts';
import { valueWords } from './memory-lines.ts';
import type { Style } from './style.ts';
import { harmless } from './text-width.ts';
import { latencyWords, momentWords } from './words.ts';

/** Something that was told of a task, in one line. */
export function taskEventLine({ at, event }: TaskEventView, { paint }: Style): string {
  const what = (kind: string, words: string): string =>
    `${momentWords(at)}  ${paint('dim', kind)} ${harmless(words).replaceAll('\n', ' ')}`;
  switch (event.kind) {
    case 'log':
      return what(event.level, event.message);
    case 'progress':
      return what('progress', `${Math.round(event.part * 100)} %  ${event.message}`.trimEnd());
    case 'output':
      return what('output', event.text);
    case 'tool-call':
      return what('tool', callWords(event));
    case 'usage':
      return what('usage', usageWords(event));
  }
}

type Told<Kind extends TaskEventView['event']['kind']> = Extract<TaskEventView['event'], { kind: Kind }>;

function callWords({ tool, state, error, durationMs, ...call }: Told<'tool-call'>): string {
  const took = durationMs === null ? '' : ` in ${latencyWords(durationMs)}`;
  if (state === 'failed') return `${tool} failed${took}: ${error}`;
  if (state === 'succeeded') return `${tool} answered${took}: ${valueWords(call.result)}`;
  return `${tool} is called with ${valueWords(call.arguments)}`;
}

const usageWords = ({ inputTokens, outputTokens, costMicros }: Told<'usage'>): string =>
  `${inputTokens} tokens in, ${outputTokens} out, cost ${costMicros / 1_000_000}`;
