/** Heads of the ledger as they go to workers and back. What comes from outside is read as strictly as a file. */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  type LedgerHead,
  LedgerHeadSchema,
  type LedgerHeadOffer,
  LedgerHeadOfferSchema,
  type LedgerWitnessed,
  LedgerWitnessedSchema,
} from '../generated/sluice/agents/v1/workers_pb.js';
import {
  type HeadOffer,
  headOfferSchema,
  type SignedHead,
  type Witnessed,
  witnessedSchema,
} from './signed-head.ts';

/** What a witness has, as a message. */
export const witnessedMessage = ({ head, contradiction }: Witnessed): LedgerWitnessed =>
  create(LedgerWitnessedSchema, {
    ...(head && { head: headMessage(head) }),
    contradiction: contradiction ?? '',
  });

/** What a message says that a witness has; null when it is no such thing. */
export function witnessedIn({ head, contradiction }: LedgerWitnessed): Witnessed | null {
  const said = { head: head ? headIn(head) : null, contradiction: contradiction || null };
  return witnessedSchema.safeParse(said).data ?? null;
}

/** A head for a witness, as a message. */
export const offerMessage = ({ head, publicKey, from, proof }: HeadOffer): LedgerHeadOffer =>
  create(LedgerHeadOfferSchema, { head: headMessage(head), publicKey, from: BigInt(from), proof });

/** The head that a message offers; null when it is none. */
export function offerIn({ head, publicKey, from, proof }: LedgerHeadOffer): HeadOffer | null {
  const said = { head: head && headIn(head), publicKey, from: Number(from), proof };
  return headOfferSchema.safeParse(said).data ?? null;
}

const headMessage = ({ tenant, size, rootHash, at, keyId, signature }: SignedHead): LedgerHead =>
  create(LedgerHeadSchema, {
    ...{ tenant, size: BigInt(size), rootHash, signedAt: timestampFromMs(at), keyId, signature },
  });

const headIn = ({ tenant, size, rootHash, signedAt, keyId, signature }: LedgerHead) => ({
  ...{ tenant, size: Number(size), rootHash, keyId, signature },
  at: signedAt && timestampMs(signedAt),
});
