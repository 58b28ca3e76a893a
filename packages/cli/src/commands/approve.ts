import { votingCommand } from '../context/vote-on-track.ts';

/** `sluice approve`: say yes to a release. */
export const approve = votingCommand({
  decision: 'approve',
  description:
    'Approves the release that is under way, or the step of it that asks. It counts for the plan as it is shown, and only ' +
    'of those who are named: nobody approves a release that they asked for themselves.',
  examples: [
    'sluice approve shop/production/web',
    'sluice approve shop/production/web --reason "seen on staging"',
  ],
});
