import { notFound, refusedWith, type Refused } from '../../rollouts/problems.ts';

/** It is not said what was wrong with it. */
export const notJoined = (): Refused =>
  refusedWith(401, 'unknown-credentials', {
    title: 'Unauthorized',
    detail: 'The join token lets nobody in: it is unknown, used up, has expired or was revoked.',
    remedy: 'Make another with `sluice join-token create --track APPLICATION/ENVIRONMENT/COMPONENT`.',
  });

/** Whoever did not join has nothing that could be renewed. */
export const notOfAJoinedWorker = (): Refused =>
  refusedWith(403, 'not-joined', {
    title: 'Forbidden',
    detail:
      'Only a worker that has joined renews what it was given; what was shown belongs to somebody else.',
    remedy: 'Join with a join token first: `POST /auth/join`.',
  });

/** A key that no certificate is made for. */
export const unusableKey = (): Refused =>
  refusedWith(422, 'unusable-key', {
    title: 'Unusable key',
    detail: 'The public key is no PEM of an ECDSA key on P-256 or of an Ed25519 key.',
    remedy: 'Make one: `openssl ecparam -name prime256v1 -genkey`, and send its public part as SPKI in PEM.',
  });

/** No join token has this id. */
export const unknownJoinToken = (id: string) =>
  notFound(`The join token ${id}`, '`sluice join-token list` shows those that are not revoked.');

/** No worker that may come in has this id. */
export const unknownIdentity = (id: string) =>
  notFound(`The worker identity ${id}`, '`sluice join-token workers` shows those that may come in.');

/** Somebody else's join token. */
export const notYourJoinToken = (id: string) =>
  refusedWith(403, 'not-your-token', {
    title: 'Forbidden',
    detail: `The join token ${id} was made by somebody else.`,
    remedy: 'Ask whoever made it, or somebody with access:manage.',
  });
