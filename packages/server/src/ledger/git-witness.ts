import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { judgeRoot } from '@sluice/core/ledger/witness.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import {
  type HeadOffer,
  isSignedBy,
  type SignedHead,
  signedHeadSchema,
  type Witnessed,
} from '@sluice/protocol/ledger/signed-head.ts';
import type { LedgerWitness } from './ledger-witness.ts';

/** The branch that holds the heads, and nothing else. */
const BRANCH = 'refs/heads/sluice-ledger';
/** Where the branch of the repository lies in the copy. */
const SEEN = 'refs/sluice/seen';
/** How often a head is committed at most, in milliseconds. */
const EVERY_MS = 60_000;
const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 4 << 20;

const run = promisify(execFile);

/**
 * A Git repository as a witness: each head is a commit on a branch of its own, with one file for each tenant. Nobody can take a
 * commit back from whoever has fetched it; protect the branch from force pushes.
 *
 * @param repository path or URL of a repository, bare or not; never shown with its password
 * @param directory where a copy of the branch is kept
 */
export function gitWitness(repository: string, directory: string): LedgerWitness {
  const copy = join(directory, 'ledger-witness.git');
  const contradictions = new Map<string, string>();
  const git = gitIn(copy);
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const last = async (tenant: string): Promise<Witnessed> => {
    await openCopy(git, copy);
    const tip = await fetchTip(git, repository);
    const contradiction = contradictions.get(tenant) ?? null;
    return { head: tip === null ? null : await headAt(git, tip, tenant), contradiction };
  };
  const offer = async (given: HeadOffer): Promise<Witnessed> => {
    const { head } = given;
    const { tenant } = head;
    const before = (await last(tenant)).head;
    const problem = problemOf(before, given);
    if (problem !== null) contradictions.set(tenant, problem);
    else contradictions.delete(tenant);
    const isNext = before === null || (before.size === given.from && before.size < head.size);
    if (problem !== null || !isNext) return { head: before, contradiction: problem };
    await pushHead(git, repository, given);
    return { head, contradiction: null };
  };
  return {
    name: `git ${withoutSecret(repository)}`,
    kind: 'git',
    everyMs: EVERY_MS,
    last: (tenant) => inTurn(() => last(tenant)),
    offer: (given) => inTurn(() => offer(given)),
  };
}

function problemOf(before: SignedHead | null, { head, publicKey, from, proof }: HeadOffer): string | null {
  if (!isSignedBy(publicKey, head)) return `a head of ${head.size} entries is not signed by ${head.keyId}`;
  const judgement = judgeRoot(SHA256_TREE, before, { root: head, from, proof });
  return judgement.kind === 'contradiction' ? judgement.problem : null;
}

type Git = (args: readonly string[], input?: string) => Promise<string>;

/** Runs git without a shell, without hooks and without questions. */
const gitIn =
  (copy: string): Git =>
  async (args, input) => {
    const child = run('git', ['--git-dir', copy, '-c', 'core.hooksPath=/dev/null', ...args], {
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
      env: {
        ...process.env,
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
        GIT_AUTHOR_NAME: 'Sluice',
        GIT_AUTHOR_EMAIL: 'ledger@sluice.invalid',
        GIT_COMMITTER_NAME: 'Sluice',
        GIT_COMMITTER_EMAIL: 'ledger@sluice.invalid',
      },
    });
    child.child.stdin?.on('error', () => undefined);
    child.child.stdin?.end(input ?? '');
    try {
      return (await child).stdout;
    } catch (thrown) {
      throw gitFailure(args, thrown);
    }
  };

function gitFailure([verb = '']: readonly string[], thrown: unknown): SluiceError {
  const { stderr = '', code } = thrown as { stderr?: string; code?: unknown };
  const words =
    code === 'ENOENT' ? 'there is no git on this machine' : withoutSecret(stderr.trim().slice(0, 300));
  return new SluiceError('unreachable', `git ${verb} failed for the witness of the ledger: ${words}`, {
    next: 'retry',
  });
}

async function openCopy(git: Git, copy: string): Promise<void> {
  await mkdir(copy, { recursive: true, mode: 0o700 });
  await git(['init', '--quiet', '--bare']);
}

/** The last commit of the branch; null when the repository has none. */
async function fetchTip(git: Git, repository: string): Promise<string | null> {
  const listed = await git(['ls-remote', '--', repository, BRANCH]);
  if (listed.trim() === '') return null;
  await git(['fetch', '--quiet', '--no-tags', '--', repository, `+${BRANCH}:${SEEN}`]);
  return (await git(['rev-parse', '--verify', SEEN])).trim();
}

async function headAt(git: Git, commit: string, tenant: string): Promise<SignedHead | null> {
  const path = fileOf(tenant);
  if ((await git(['ls-tree', '--name-only', commit, '--', path])).trim() === '') return null;
  const parsed = signedHeadSchema.safeParse(jsonOf(await git(['cat-file', 'blob', `${commit}:${path}`])));
  if (parsed.success) return parsed.data;
  throw new SluiceError('invalid-reply', `${path} of the ledger's Git witness holds no head.`, {
    next: 'ask-human',
  });
}

/** A commit on top of the last one, with the head in place of the tenant's last; the push is refused unless it goes forward. */
async function pushHead(git: Git, repository: string, { head, publicKey }: HeadOffer): Promise<void> {
  const tip = await fetchTip(git, repository);
  const kept = tip === null ? [] : (await git(['ls-tree', tip])).trimEnd().split('\n');
  const files = { [fileOf(head.tenant)]: `${JSON.stringify(head)}\n`, [`${head.keyId}.pem`]: publicKey };
  const written: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const blob = (await git(['hash-object', '-w', '--stdin'], text)).trim();
    written.push(`100644 blob ${blob}\t${name}`);
  }
  const unreplaced = kept.filter((line) => line !== '' && !Object.hasOwn(files, line.split('\t')[1] ?? ''));
  const tree = (await git(['mktree'], `${[...unreplaced, ...written].join('\n')}\n`)).trim();
  const parents = tip === null ? [] : ['-p', tip];
  const words = `${head.tenant}: ${head.size} entries\n\n${head.rootHash}\n`;
  const commit = (await git(['commit-tree', tree, ...parents], words)).trim();
  await git(['push', '--quiet', '--', repository, `${commit}:${BRANCH}`]);
}

const fileOf = (tenant: string): string => `${encodeURIComponent(tenant).replace(/^\./, '%2E')}.json`;

const withoutSecret = (text: string): string => text.replaceAll(/\/\/[^/@\s]*@/g, '//***@');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
