import { steeringCommand } from '../context/act-on-track.ts';

/** `sluice abort`: take the candidate back at once. */
export const abort = steeringCommand({
  description: 'Gives all traffic back to the stable revision at once and takes the candidate away.',
  command: 'abort',
  example: 'sluice abort shop/production/web',
});
