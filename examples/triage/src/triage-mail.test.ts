import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseMail } from './mail.ts';
import { sampleMail } from './sample-mail.ts';
import { type Triage, type TriageDesk, triageMail, type TriageRelease } from './triage-mail.ts';

const releaseOf = (version: string): TriageRelease =>
  JSON.parse(readFileSync(new URL(`../releases/${version}.json`, import.meta.url), 'utf8')) as TriageRelease;

/** A worker's side, with everything that was told. */
function desk(): TriageDesk & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    tool: async (name, call) => {
      told.push(name);
      return call();
    },
    progress: async (part, message) => void told.push(`${part} ${message}`),
    output: async (text) => void told.push(text),
    score: (name, value) => told.push(`${name} ${value}`),
  };
}
const triage = (n: number, version: string): Promise<Triage> =>
  triageMail(sampleMail(n).mail, releaseOf(version), desk(), async () => undefined);

describe('a triage', () => {
  it('says what a person would say of every sample', async () => {
    for (let n = 0; n < 40; n++) expect(await triage(n, 'v1')).toMatchObject(sampleMail(n).expected);
  });

  it('goes through its tools in order, and writes the reply piece by piece', async () => {
    const worker = desk();
    const result = await triageMail(sampleMail(1).mail, releaseOf('v2'), worker, async () => undefined);
    expect(worker.told).toEqual([
      ...['guess-language', 'rate-urgency', '0.5 en, high', 'find-topic', 'find-order', 'sureness 1'],
      ...['Hello,', ' we check your invoice (A-10001).', ' Thank you for telling us.'],
    ]);
    expect(result.reply).toBe('Hello, we check your invoice (A-10001). Thank you for telling us.');
  });

  it('fails of nothing in its good versions, and of every fifth mail in the bad one', async () => {
    const failures = async (version: string): Promise<number> => {
      const ends = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => triage(n, version)));
      return ends.filter(({ status }) => status === 'rejected').length;
    };
    expect(await failures('v1')).toBe(0);
    expect(await failures('v2')).toBe(0);
    expect(await failures('v3')).toBe(40);
  });

  it('takes mails and nothing else', () => {
    const mail = { from: 'a@example.com', subject: 'hi', text: 'there' };
    expect(parseMail({ ...mail, more: 1 })).toEqual(mail);
    for (const odd of [null, 'text', [], { ...mail, text: ' ' }, { ...mail, from: 3 }])
      expect(() => parseMail(odd)).toThrow('a mail needs the field');
  });
});
