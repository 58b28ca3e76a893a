import { steeringCommand } from '../context/act-on-track.ts';

/** `sluice skip`: leave the present step out. */
export const skip = steeringCommand({
  description: 'Leaves the present step out, whatever it waits for, and goes on with the next one.',
  command: 'skip',
  example: 'sluice skip shop/production/web',
});
