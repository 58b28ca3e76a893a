import { steeringCommand } from '../context/act-on-track.ts';

/** `sluice pause`: hold the rollout where it is. */
export const pause = steeringCommand({
  description:
    'Holds the rollout where it is: weights stay, the judge goes on watching, and a bad candidate is still taken back.',
  command: 'pause',
  example: 'sluice pause shop/production/web',
});
