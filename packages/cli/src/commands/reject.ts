import { votingCommand } from '../context/vote-on-track.ts';

/** `sluice reject`: say no to a release. */
export const reject = votingCommand({
  decision: 'reject',
  description:
    'Rejects the release that is under way, which ends it: what has begun is taken back. Whoever asked for it is told why.',
  examples: ['sluice reject shop/production/web --reason "not before the sale"'],
});
