import { refusedWith } from '../rollouts/problems.ts';

const missing = (what: string, list: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `There is no ${what}.`,
    remedy: `\`sluice ${list} list\` shows those that there are.`,
  });

/** There is no channel of this name. */
export const unknownChannel = (name: string) => missing(`channel ${name}`, 'channels');

/** There is no subscription of this name. */
export const unknownSubscription = (name: string) => missing(`subscription ${name}`, 'subscriptions');

/** There is no delivery of this id. */
export const unknownDelivery = (id: string) => missing(`delivery ${id}`, 'deliveries');

/** Somebody subscribes to the channel. */
export const channelInUse = (name: string, subscriptions: readonly string[]) =>
  refusedWith(409, 'in-use', {
    title: 'Not possible now',
    detail: `The channel ${name} is what ${subscriptions.join(', ')} subscribe${subscriptions.length === 1 ? 's' : ''} with.`,
    remedy: 'Remove the subscriptions first, with `sluice subscriptions remove`.',
  });

/** A secret cannot be read. */
export const unreadableSecret = (message: string) =>
  refusedWith(422, 'unreadable-secret', {
    title: 'A secret cannot be read',
    detail: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
    remedy:
      'Set a variable whose name begins with SLUICE_CHANNEL_ for the server, put a file into its folder of secrets, or keep a secret with `sluice secrets set`.',
  });

/** There are as many as there may be. */
export const tooMany = (what: string, limit: number) =>
  refusedWith(409, 'too-many', {
    title: 'Not possible now',
    detail: `There are ${limit} ${what} already, which is the most.`,
    remedy: `Remove some with \`sluice ${what} remove\`.`,
  });

/** The delivery waits already. */
export const waitsAlready = (id: string) =>
  refusedWith(409, 'waits-already', {
    title: 'Not possible now',
    detail: `The delivery ${id} waits to be told already.`,
    remedy: '`sluice deliveries show` says when it is tried next, and why it was not told yet.',
  });

/** The kind of channel is not served by this build. */
export const unservedKind = (kind: string) =>
  refusedWith(422, 'unsupported-channel', {
    title: 'Not a kind of channel here',
    detail: `This server cannot tell channels of kind ${kind}.`,
    remedy: 'Use another kind, or a newer server.',
  });
