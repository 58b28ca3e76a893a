/**
 * Purpose: a worker as a witness of the ledger.
 *
 * Owns the last head that it was given, and the file in which that lies. 1. A head is kept only when it is signed and continues
 * the one before; its work goes on in any case. 2. One that is refused is kept beside the file with what it contradicts, and said
 * aloud. 3. A file that cannot be read is a contradiction until a person removes it: to begin anew in silence would let anybody in
 * by damaging it.
 */
import { readFile } from 'node:fs/promises';
import { takeHead } from '@sluice/core/ledger/witness.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import {
  type HeadOffer,
  isSignedBy,
  signedHeadSchema,
  type Witnessed,
} from '@sluice/protocol/ledger/signed-head.ts';
import { replacePrivately } from '@sluice/protocol/process/private-file.ts';
import type { ReportSink } from '../worker-report.ts';

/** What a worker knows of the ledger of its organisation. */
export class HeadWitness {
  readonly #file: string | null;
  readonly #report: ReportSink;
  #has: Witnessed = { head: null, contradiction: null };
  #isDamaged = false;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(file: string | null, report: ReportSink) {
    this.#file = file;
    this.#report = report;
  }

  /** Reads what it kept; never rejects. @param file null: it keeps the head in memory only */
  static async open(file: string | null, report: ReportSink): Promise<HeadWitness> {
    const witness = new HeadWitness(file, report);
    await witness.#read();
    return witness;
  }

  get has(): Witnessed {
    return this.#has;
  }

  /** Takes what the server offers, null for what is no head; gives what it has afterwards. Never rejects. */
  take(offer: HeadOffer | null): Promise<Witnessed> {
    const taken = this.#turn.then(() => this.#take(offer));
    this.#turn = taken;
    return taken;
  }

  async #take(offer: HeadOffer | null): Promise<Witnessed> {
    const before = this.#has;
    if (this.#isDamaged) return before;
    const now = judged(before, offer);
    if (now === before) return now;
    this.#has = now;
    if (now.contradiction !== null) this.#report({ kind: 'ledger-refused', problem: now.contradiction });
    if (this.#file !== null) await this.#keep(this.#file, offer, now);
    return now;
  }

  async #keep(file: string, offer: HeadOffer | null, { head, contradiction }: Witnessed): Promise<void> {
    const evidence = { problem: contradiction, had: head, refused: offer };
    const written =
      contradiction === null
        ? replacePrivately(file, `${JSON.stringify(head)}\n`)
        : replacePrivately(`${file}.refused`, `${JSON.stringify(evidence)}\n`);
    await written.catch((error: unknown) => this.#report({ kind: 'witness-unkept', error }));
  }

  async #read(): Promise<void> {
    if (this.#file === null) return;
    try {
      const head = signedHeadSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
      this.#has = { head, contradiction: null };
    } catch (thrown) {
      if (Object(thrown).code === 'ENOENT') return;
      this.#isDamaged = true;
      const contradiction = `the head that it kept in ${this.#file} cannot be read`;
      this.#has = { head: null, contradiction };
      this.#report({ kind: 'ledger-refused', problem: contradiction });
    }
  }
}

function judged(before: Witnessed, offer: HeadOffer | null): Witnessed {
  if (offer === null) return refusing(before, 'what it was given as a head is none');
  const { head, publicKey } = offer;
  if (before.head !== null && before.head.tenant !== head.tenant)
    return refusing(before, `it was given a head of ${head.tenant}, and has one of ${before.head.tenant}`);
  return takeHead(SHA256_TREE, before, { ...offer, isSigned: isSignedBy(publicKey, head) });
}

const refusing = (before: Witnessed, problem: string): Witnessed =>
  before.contradiction === problem ? before : { head: before.head, contradiction: problem };
