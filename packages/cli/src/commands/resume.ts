import { steeringCommand } from '../context/act-on-track.ts';

/** `sluice resume`: let a held rollout go on. */
export const resume = steeringCommand({
  description:
    'Lets a held rollout go on from where it is; a stuck one tries again to take its candidate back.',
  command: 'resume',
  example: 'sluice resume shop/production/web',
});
