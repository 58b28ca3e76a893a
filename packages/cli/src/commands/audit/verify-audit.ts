import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AuditVerificationView } from '@sluice/protocol/http/audit-keeping.ts';
import { type SignedHead, signedHeadSchema } from '@sluice/protocol/ledger/signed-head.ts';
import { z } from 'zod';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { harmless } from '../../output/text-width.ts';
import { type Outcome, refusal, refusedByApi } from '../../refused.ts';
import { type FileVerdict, type Vouchers, verifyFile } from './read-export.ts';

interface VerifyOptions {
  readonly file?: string;
  readonly key: readonly string[];
  readonly head: readonly string[];
}

const gathered = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `sluice audit verify`: whether nothing was altered, with the control plane or without it. */
export const verifyAudit: DefineCommand = (command, run) => {
  command
    .description(
      'Computes the tree of the ledger anew and compares it with every head that was signed and with what witnesses have. ' +
        'With --file it checks an export and asks nobody: give it the key and a head that you have kept yourself, as an export ' +
        'alone only shows that it is of one piece. Ends with 1 when something is wrong, and names the first entry.',
    )
    .option('--file <path>', 'an export in JSON Lines, instead of asking the control plane')
    .option('--key <path>', 'PEM of a key that may sign heads; may be given again', gathered, [])
    .option(
      '--head <path>',
      'a head that was kept, as JSON, such as the file of a worker; may be given again',
      gathered,
      [],
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice audit verify\n  $ sluice audit verify --file ledger.jsonl --key ledger.pem --head head.json',
    )
    .action((options: VerifyOptions) =>
      run((context) => (options.file === undefined ? online(context, options) : offline(context, options))),
    );
};

async function online(context: CommandContext, { key, head }: VerifyOptions): Promise<ExitCode> {
  if (key.length > 0 || head.length > 0)
    return context.refuse(
      refusal(EXIT.refusedInput, 'no-file', {
        detail: '--key and --head say what vouches for an export, and no export is given.',
        remedy: 'Make one with `sluice audit export -o ledger.jsonl`, and give it with --file.',
      }).refused,
    );
  const api = await context.api();
  const reply = await api.verifyAudit();
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(onlineLines(context, reply.value));
  return reply.value.intact ? EXIT.ok : EXIT.failed;
}

function onlineLines({ style }: CommandContext, found: AuditVerificationView): readonly string[] {
  const { paint, symbols } = style;
  const { entries, expired, rootHash, headsCompared, firstFault, badSignatures, witnesses } = found;
  const gone = expired === 0 ? '' : `, ${expired} of them expired`;
  return [
    found.intact
      ? `${paint('good', symbols.done)} ${entries} entries are as they were written${gone}; ${headsCompared} known roots agree.`
      : `${paint('bad', symbols.failed)} The ledger is not intact.`,
    `Root: ${rootHash}`,
    ...(firstFault === null ? [] : [`Entry ${firstFault.sequence}: ${firstFault.problem}.`]),
    ...badSignatures.map((problem) => `Signature: ${harmless(problem)}.`),
    ...witnesses.map(
      ({ name, state, head, problem }) =>
        `Witness ${harmless(name)}: ${state}${head === null ? '' : `, has ${head.size} entries`}${problem === null ? '' : `; ${harmless(problem)}`}`,
    ),
  ];
}

async function offline(context: CommandContext, options: VerifyOptions): Promise<ExitCode> {
  const vouchers = await vouchersOf(context, options);
  if (!vouchers.ok) return context.refuse(vouchers.refused);
  const path = resolve(context.world.workingDirectory, options.file ?? '');
  const verdict = await verifyFile(path, vouchers.value).catch((thrown: unknown) => thrown);
  if (verdict instanceof Error)
    return context.refuse(
      refusal(EXIT.refusedInput, 'unreadable-export', {
        detail: `The export ${options.file} cannot be read: ${verdict.message}.`,
        remedy: 'Name a file that `sluice audit export` has written.',
      }).refused,
    );
  const found = verdict as FileVerdict;
  // What was given to vouch for it has to have vouched for something.
  const isVouched = found.isAlone || found.vouched > 0;
  const intact = found.fault === null && found.badSignatures.length === 0 && isVouched;
  if (context.json) context.printJson({ ...found, intact });
  else context.print(offlineLines(context, found, intact));
  return intact ? EXIT.ok : EXIT.failed;
}

function offlineLines({ style }: CommandContext, found: FileVerdict, intact: boolean): readonly string[] {
  const { paint, symbols } = style;
  const { entries, expired, fault, rootHash, badSignatures, isWhole } = found;
  const gone = expired === 0 ? '' : `, ${expired} of them expired`;
  const where = fault?.sequence == null ? `Line ${fault?.line ?? 0}` : `Entry ${fault.sequence}`;
  return [
    intact
      ? `${paint('good', symbols.done)} ${entries} entries ${sentenceOf(found)}${gone}.`
      : `${paint('bad', symbols.failed)} The export is not intact.`,
    ...(found.tenant === null ? [] : [`Organisation: ${harmless(found.tenant)}`]),
    ...(rootHash === null ? [] : [`Root: ${rootHash}`]),
    ...(fault === null ? [] : [`${where}: ${fault.problem}.`]),
    ...badSignatures.map((problem) => `Signature: nobody who may has signed ${harmless(problem)}.`),
    ...(isWhole ? [] : ['It is a part of the ledger: whether entries are missing cannot be said.']),
    ...unvouchedLines(found),
  ];
}

const sentenceOf = ({ isWhole, compared }: FileVerdict): string =>
  isWhole
    ? `are as they were written; ${compared} signed heads agree`
    : 'fit the hashes that stand with them';

/** What nothing vouches for. */
function unvouchedLines({ isAlone, isWhole, fault, vouched, entries }: FileVerdict): readonly string[] {
  const ofOutside = isWhole ? 'no head in it is signed by whoever may' : 'heads are made over whole ledgers';
  if (!isAlone && vouched === 0) return [`Nothing that was given vouches for it: ${ofOutside}.`];
  if (isAlone)
    return [
      'Nothing from outside vouches for it: give a key and a head that you have kept with --key and --head.',
    ];
  if (fault !== null || vouched === entries) return [];
  return [`Of the entries after ${vouched} no head was signed: they fit the others, and no more.`];
}

async function vouchersOf(
  { world }: CommandContext,
  { key, head }: VerifyOptions,
): Promise<Outcome<Vouchers>> {
  try {
    const read = (path: string): Promise<string> => readFile(resolve(world.workingDirectory, path), 'utf8');
    const keys = await Promise.all(key.map(read));
    const heads = (await Promise.all(head.map(read))).flatMap(headsOf);
    return { ok: true, value: { keys, heads } };
  } catch (thrown) {
    const reason = thrown instanceof z.ZodError ? z.prettifyError(thrown) : (thrown as Error).message;
    return refusal(EXIT.refusedInput, 'unreadable-voucher', {
      detail: `A key or a head cannot be read: ${reason}.`,
      remedy:
        'Give what `sluice audit keys --json` or `sluice audit head --json` printed; a key as its PEM alone.',
    });
  }
}

const headsOf = (text: string): readonly SignedHead[] =>
  z.union([signedHeadSchema.transform((head) => [head]), z.array(signedHeadSchema)]).parse(JSON.parse(text));
