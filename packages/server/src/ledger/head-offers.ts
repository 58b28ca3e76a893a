import type { HeadOffer, SignedHead } from '@sluice/protocol/ledger/signed-head.ts';
import { isSignedBy } from '@sluice/protocol/ledger/signed-head.ts';
import type { Database } from '../store/database/open-database.ts';
import { listKeys } from '../store/ledger/signed-heads.ts';
import { proveConsistency } from './prove.ts';

/** Makes offers for witnesses, each once: many workers have the same head. */
export class HeadOffers {
  readonly #db: Database;
  readonly #tenant: string;
  /** What was once known of a key stays known, whatever becomes of the database. */
  readonly #keys = new Map<string, string>();
  readonly #made = new Map<number, Promise<HeadOffer>>();
  #head: SignedHead | null = null;

  constructor(db: Database, tenant: string) {
    this.#db = db;
    this.#tenant = tenant;
  }

  /** The head with a proof that it continues the ledger of `from` entries. */
  offer(head: SignedHead, from: number): Promise<HeadOffer> {
    if (this.#head?.signature !== head.signature) this.#made.clear();
    this.#head = head;
    const known = this.#made.get(from);
    if (known) return known;
    const making = this.#make(head, from);
    this.#made.set(from, making);
    making.catch(() => this.#made.delete(from));
    return making;
  }

  /** Whether this ledger's servers have signed the head. */
  async isOurs(head: SignedHead): Promise<boolean> {
    return head.tenant === this.#tenant && isSignedBy(await this.#keyOf(head.keyId), head);
  }

  async #make(head: SignedHead, from: number): Promise<HeadOffer> {
    const publicKey = await this.#keyOf(head.keyId);
    // A ledger that is shorter than what was seen has no proof; the witness says so itself.
    const proof =
      from <= head.size ? await proveConsistency(this.#db, this.#tenant, { from, to: head.size }) : null;
    return { head, publicKey, from, proof: proof?.ok ? [...proof.value] : [] };
  }

  async #keyOf(keyId: string): Promise<string> {
    if (!this.#keys.has(keyId))
      for (const key of await listKeys(this.#db, this.#tenant)) this.#keys.set(key.keyId, key.publicKey);
    return this.#keys.get(keyId) ?? '';
  }
}
