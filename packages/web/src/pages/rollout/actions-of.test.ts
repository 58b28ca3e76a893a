import { sampleRollout } from '@sluice/protocol/http/testing/sample-views.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { expect, it } from 'vitest';
import { actionsOf } from './actions-of.ts';

const commandsOf = (more: Partial<RolloutView>) =>
  actionsOf(sampleRollout(more)).map(({ command }) => command);

it('only what a rollout can be told in its phase is offered', () => {
  expect(commandsOf({ phase: 'running' })).toEqual(['promote', 'pause', 'skip', 'promote-full', 'abort']);
  expect(commandsOf({ phase: 'held', reason: { kind: 'paused', detail: '' } })[0]).toBe('resume');
  expect(commandsOf({ phase: 'succeeded' })).toEqual([]);
  expect(commandsOf({ phase: 'rolling-back' })).toEqual([]);
});

it('what is asked for as an approval is given by it', () => {
  const [first] = actionsOf(sampleRollout({ phase: 'held', reason: { kind: 'approval', detail: '' } }));
  expect(first).toMatchObject({ command: 'promote', label: 'Approve' });
});

it('each says what would happen, by the plan of this very rollout', () => {
  const words = (command: string) =>
    actionsOf(sampleRollout())
      .find((action) => action.command === command)
      ?.consequences.join(' ');
  expect(words('promote')).toContain('judge 10m, or until passed');
  expect(words('promote')).toContain('shift to 25% (25 % for v2)');
  expect(words('promote-full')).toContain('6 steps are left out');
  expect(words('abort')).toContain('The stable revision gets all requests back at once.');
});

it('to abort the first release of all says that nothing answers any more', () => {
  const abort = actionsOf(sampleRollout({ stable: null })).find(({ command }) => command === 'abort');
  expect(abort?.consequences[0]).toContain('nothing answers requests any more');
});
