import type { NoticeSubject } from '@sluice/core/notify/notice.ts';

/** More issues than this in one release are not commented on: that is a list of changes, and not what it is about. */
const MOST_ISSUES = 20;
/** Of a commit message, as much is read, in characters. */
const READ_CHARACTERS = 20_000;
/** A key as Jira forms them; `SHOP-42` in `feature/SHOP-42-pay` is one, `XSHOP-42a` is none. */
const KEY = /(?<![A-Za-z0-9_])([A-Z][A-Z0-9_]{1,9})-([1-9]\d{0,8})(?![A-Za-z0-9])/g;

/** The issues of these projects that a release names: in its commit message, its branch or tag, and its version; each once. */
export function issueKeys(about: NoticeSubject, projects: readonly string[]): readonly string[] {
  const { version, source } = about;
  const texts = [source?.message, source?.ref, version].map((text) => (text ?? '').slice(0, READ_CHARACTERS));
  const found = texts.flatMap((text) => [...text.matchAll(KEY)]);
  const known = found.filter(([, project]) => project !== undefined && projects.includes(project));
  return [...new Set(known.map(([key]) => key))].slice(0, MOST_ISSUES);
}
