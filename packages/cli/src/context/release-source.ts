import type { ReleaseSourceView } from '@sluice/protocol/http/release-source.ts';
import { releaseSourceSchema } from '@sluice/protocol/http/release-source.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';
import type { World } from '../world.ts';

/** What may be said of where the code comes from. */
export interface SourceOptions {
  readonly repository?: string;
  readonly commit?: string;
  readonly ref?: string;
  /** False with `--no-source`. */
  readonly source?: boolean;
}

/** What of the world says where code comes from. */
type SourceWorld = Pick<World, 'environment' | 'git'>;

type Source = { -readonly [Key in keyof ReleaseSourceView]: ReleaseSourceView[Key] };

/** The control plane takes so much of a message and no more. */
const MESSAGE_CHARACTERS = 2_000;

/**
 * Where the code of a release comes from: what is said by options, else what the CI system says, else what git says of the folder
 * of the file. Only what somebody said can be wrong; what was found and cannot be used is left out.
 */
export async function findReleaseSource(
  { world }: { readonly world: SourceWorld },
  options: SourceOptions,
  directory: string,
): Promise<Outcome<ReleaseSourceView | undefined>> {
  if (options.source === false) return { ok: true, value: undefined };
  const said = saidBy(options);
  const checked = releaseSourceSchema.safeParse(said);
  if (!checked.success)
    return refusal(EXIT.refusedInput, 'bad-source', {
      detail: `where the code comes from cannot be said like this: ${checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
      remedy:
        'Give `--commit` as the 40 digits that `git rev-parse HEAD` prints, and `--repository` without a password.',
    });
  const byCi = known(sourceByCi(world.environment));
  const byGit = known(await sourceByGit(world, directory, said.commit ?? byCi.commit));
  const found = { ...byGit, ...byCi, ...checked.data };
  return { ok: true, value: Object.keys(found).length > 0 ? found : undefined };
}

function saidBy({ repository, commit, ref }: SourceOptions): Source {
  return {
    ...(repository !== undefined && { repository }),
    ...(commit !== undefined && { commit }),
    ...(ref !== undefined && { ref }),
  };
}

/** GitHub Actions and GitLab CI say by variables what they run for. */
function sourceByCi(environment: World['environment']): Source {
  if (environment['GITHUB_ACTIONS'] === 'true')
    return found({
      repository: joined(environment['GITHUB_SERVER_URL'], environment['GITHUB_REPOSITORY']),
      commit: environment['GITHUB_SHA'],
      ref: environment['GITHUB_HEAD_REF'] || environment['GITHUB_REF'],
    });
  if (environment['GITLAB_CI'] === 'true')
    return found({
      repository: environment['CI_PROJECT_URL'],
      commit: environment['CI_COMMIT_SHA'],
      ref: environment['CI_COMMIT_TAG']
        ? `refs/tags/${environment['CI_COMMIT_TAG']}`
        : environment['CI_COMMIT_REF_NAME'],
      message: environment['CI_COMMIT_MESSAGE'],
      authoredAt: momentOf(environment['CI_COMMIT_TIMESTAMP']),
    });
  return {};
}

/**
 * What git says of a folder. A commit that nobody named is that of the folder, and only when nothing in it was changed since: what is
 * released is the folder and not the commit.
 */
async function sourceByGit(
  world: SourceWorld,
  directory: string,
  named: string | undefined,
): Promise<Source> {
  const git = async (...args: readonly string[]): Promise<string | undefined> =>
    (await world.git(args, directory))?.trim() || undefined;
  const head = await git('rev-parse', 'HEAD');
  if (head === undefined) return {};
  const [remote, branch] = await Promise.all([
    git('remote', 'get-url', 'origin'),
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
  ]);
  const where = found({
    repository: remote && withoutCredentials(remote),
    ref: named === undefined ? branch : undefined,
  });
  const changed =
    named === undefined && (await git('status', '--porcelain', '--untracked-files=no', '--', '.'));
  const commit = named ?? (changed ? undefined : head);
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return where;
  const log = await git('log', '-1', '--format=%aI%n%B', commit, '--');
  if (log === undefined) return where;
  const [authored = '', ...message] = log.split('\n');
  return { ...where, ...found({ commit, authoredAt: momentOf(authored), message: message.join('\n') }) };
}

/** Without what is missing or empty, and with a message of the length that is taken. */
function found(parts: { readonly [Key in keyof Source]: Source[Key] | undefined }): Source {
  const bounded = { ...parts, message: parts.message?.trim().slice(0, MESSAGE_CHARACTERS).toWellFormed() };
  return Object.fromEntries(
    Object.entries(bounded).filter(([, value]) => value !== undefined && value !== ''),
  ) as Source;
}

/** What of something that was found the control plane would take. */
function known(source: Source): Source {
  return Object.fromEntries(
    Object.entries(source).filter(([key, value]) => releaseSourceSchema.safeParse({ [key]: value }).success),
  ) as Source;
}

const joined = (server: string | undefined, path: string | undefined): string | undefined =>
  server !== undefined && path !== undefined ? `${server}/${path}` : path;

function momentOf(text: string | undefined): number | undefined {
  const moment = Date.parse(text ?? '');
  return Number.isNaN(moment) ? undefined : moment;
}

/** CI systems clone with a token in the address, which is nobody's business. */
function withoutCredentials(remote: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(remote) || !URL.canParse(remote)) return remote;
  const url = new URL(remote);
  url.username = '';
  url.password = '';
  return url.toString();
}
