/** How a signed head is written; apart from what signs it, so that a browser can read one. */
import { z } from 'zod';

/** How hashes are written. */
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');

/** What a signed head says of a ledger: that it was this large at this moment, and what its root was. */
export const signedHeadSchema = z
  .object({
    tenant: z.string(),
    size: z.int().positive().describe('Entries in the tree.'),
    rootHash: hashSchema.describe('Root of the Merkle tree (RFC 6962) over these entries.'),
    at: z.int().describe('When it was signed, in milliseconds since 1970.'),
    keyId: z.string().describe('Which of `GET /api/v1/audit/keys` signed it.'),
    signature: z.string().describe('Ed25519, in base64.'),
  })
  .meta({ id: 'SignedHead' });
/** A signed head. */
export type SignedHead = z.infer<typeof signedHeadSchema>;
