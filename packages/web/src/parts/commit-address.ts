import type { ReleaseSourceView } from '@sluice/protocol/http/release-source.ts';

/** How hosts of repositories show a commit, by what their name is or begins with. */
const HOSTS: readonly (readonly [RegExp, string])[] = [
  [/^github\./, 'commit'],
  [/^gitlab\./, '-/commit'],
  [/^bitbucket\.org$/, 'commits'],
  [/^codeberg\.org$|^(gitea|forgejo)\./, 'commit'],
];

/** As people write them: `https://github.com/acme/shop.git`, `ssh://git@…/acme/shop`, `git@github.com:acme/shop.git`. */
const ADDRESS =
  /^(?:(?:https?|ssh|git|git\+ssh):\/\/)?(?:[\w.-]+@)?([a-z0-9.-]+)(?::\d+\/|[:/])([\w./~-]+?)(?:\.git)?\/?$/i;

/** Where a commit can be read; undefined when it is not known, or its host is none that we know. */
export function commitAddress({ repository, commit }: ReleaseSourceView): string | undefined {
  const [, name = '', path = ''] = ADDRESS.exec(repository ?? '') ?? [];
  const host = name.toLowerCase();
  const known = HOSTS.find(([pattern]) => pattern.test(host));
  if (commit === undefined || known === undefined || path.split('/').includes('..')) return undefined;
  return `https://${host}/${path}/${known[1]}/${commit}`;
}
