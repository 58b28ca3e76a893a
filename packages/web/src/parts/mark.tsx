import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { Icon, type IconName } from './icon.tsx';

/** How something stands: always a drawing and a word, and a colour for those who see it. */
export type Tone = 'good' | 'warn' | 'bad' | 'moving' | 'idle';

/** A state in a word with its drawing. */
export function Mark(props: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly children: string;
  readonly form?: 'pill' | 'plain';
}) {
  return (
    <span className="mark" data-tone={props.tone} data-form={props.form ?? 'plain'}>
      <Icon name={props.icon} />
      {props.children}
    </span>
  );
}

interface PhaseLook {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly word: string;
}

const PHASES: Readonly<Record<RolloutView['phase'], PhaseLook>> = {
  queued: { tone: 'idle', icon: 'waiting', word: 'Queued' },
  planned: { tone: 'moving', icon: 'waiting', word: 'Planned' },
  running: { tone: 'moving', icon: 'moving', word: 'Running' },
  held: { tone: 'warn', icon: 'held', word: 'Held' },
  promoting: { tone: 'moving', icon: 'moving', word: 'Promoting' },
  succeeded: { tone: 'good', icon: 'good', word: 'Succeeded' },
  'rolling-back': { tone: 'bad', icon: 'back', word: 'Rolling back' },
  'rolled-back': { tone: 'bad', icon: 'back', word: 'Rolled back' },
  stuck: { tone: 'bad', icon: 'warn', word: 'Stuck' },
};

/** How a phase of a rollout looks. */
export const phaseLook = (phase: RolloutView['phase']): PhaseLook => PHASES[phase];

/** The phase of a rollout. */
export function PhaseMark({ phase, form }: { phase: RolloutView['phase']; form?: 'pill' | 'plain' }) {
  const { tone, icon, word } = phaseLook(phase);
  return (
    <Mark tone={tone} icon={icon} form={form ?? 'pill'}>
      {word}
    </Mark>
  );
}

const VERDICTS = {
  pass: { tone: 'good', icon: 'good', word: 'Evidence says: not worse' },
  fail: { tone: 'bad', icon: 'bad', word: 'Evidence says: worse' },
  inconclusive: { tone: 'idle', icon: 'waiting', word: 'Not decided yet' },
  'no-data': { tone: 'idle', icon: 'idle', word: 'No requests yet' },
  'provider-error': { tone: 'warn', icon: 'warn', word: 'Metrics do not answer' },
} as const;

/** What the judge says at this moment. */
export function VerdictMark({ verdict }: { readonly verdict: keyof typeof VERDICTS }) {
  const { tone, icon, word } = VERDICTS[verdict];
  return (
    <Mark tone={tone} icon={icon} form="pill">
      {word}
    </Mark>
  );
}
