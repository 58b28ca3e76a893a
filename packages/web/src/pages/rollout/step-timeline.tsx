import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { useEffect, useRef } from 'react';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { shareWords } from '../../parts/figures.ts';
import { useRolloutEvents } from './use-rollout-events.ts';

/** How far a step of a plan is. */
export type StepProgress = 'done' | 'now' | 'held' | 'ahead' | 'stopped' | 'left-out';

/** How far each step is, by the phase and the present step; `finished` says how many were gone through before it ended. */
export function progressOf(rollout: RolloutView, finished: number): readonly StepProgress[] {
  const { steps } = rollout.plan;
  const { phase, step, outcome } = rollout;
  return steps.map((_, at): StepProgress => {
    if (outcome === 'succeeded' || phase === 'promoting') return 'done';
    if (phase === 'rolling-back' || phase === 'rolled-back' || phase === 'stuck') {
      if (at === finished) return 'stopped';
      return at < finished ? 'done' : 'left-out';
    }
    if (step === null) return 'ahead';
    if (at < step) return 'done';
    if (at > step) return 'ahead';
    return phase === 'held' ? 'held' : 'now';
  });
}

const ICONS: Readonly<Record<StepProgress, IconName>> = {
  done: 'good',
  now: 'moving',
  held: 'held',
  ahead: 'idle',
  stopped: 'bad',
  'left-out': 'idle',
};

const WORDS: Readonly<Record<StepProgress, string>> = {
  done: 'done',
  now: 'now',
  held: 'held here',
  ahead: 'to come',
  stopped: 'taken back here',
  'left-out': 'not reached',
};

/** The plan as a line of steps, with the present one marked; it scrolls itself into sight. */
export function StepTimeline({ rollout }: { readonly rollout: RolloutView }) {
  const list = useRef<HTMLOListElement>(null);
  const progress = progressOf(rollout, useFinishedSteps(rollout));
  const stopped = progress.indexOf('stopped');
  const present = rollout.step ?? (stopped === -1 ? null : stopped);
  useEffect(() => {
    const box = list.current;
    const step = present === null ? undefined : (box?.children[present] as HTMLElement | undefined);
    if (!box || !step) return;
    const left = step.offsetLeft - box.offsetLeft - (box.clientWidth - step.clientWidth) / 2;
    box.scrollTo({ left, behavior: 'smooth' });
  }, [present]);
  return (
    <ol className="steps" ref={list} tabIndex={0} aria-label="Steps of the plan">
      {rollout.plan.steps.map(({ words, candidateShareBasisPoints }, at) => {
        const how = progress[at] ?? 'ahead';
        return (
          <li
            key={at}
            data-progress={how}
            aria-current={how === 'now' || how === 'held' ? 'step' : undefined}
          >
            <span className="step-line" aria-hidden="true">
              <Icon name={ICONS[how]} />
            </span>
            <span className="step-words" title={words}>
              {words}
            </span>
            <span className="small muted">{shareWords(candidateShareBasisPoints)}</span>
            <span className="visually-hidden">, {WORDS[how]}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** How many steps were gone through, which only the events tell once a rollout has ended. */
function useFinishedSteps({ id }: RolloutView): number {
  const { value } = useRolloutEvents(id);
  const steps = (value?.items ?? []).flatMap(({ kind, body }) =>
    kind === 'stepFinished' && typeof body['step'] === 'number' ? [body['step'] + 1] : [],
  );
  return Math.max(0, ...steps);
}
