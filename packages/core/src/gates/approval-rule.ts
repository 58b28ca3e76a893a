/** How many people have to approve, and who. */
export interface ApprovalRule {
  /** From 1 up. */
  readonly needed: number;
  /** Roles, groups or subjects; whoever has or is one of them may approve. Empty: everybody who may approve at all. */
  readonly of: readonly string[];
  /** Whether whoever asked for the release may approve it. */
  readonly selfApproval: 'refused' | 'allowed';
  /** After how long an approval counts no more, in milliseconds. */
  readonly expiresMs: number;
}

/** What somebody said of a release, and what they were when they said it. */
export interface Vote {
  readonly subject: string;
  readonly groups: readonly string[];
  /** The roles that they had where the release goes. */
  readonly roles: readonly string[];
  readonly at: number;
  /** The digest of the plan that they saw. */
  readonly planHash: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string | null;
  /** The step that asked for it; null before the first. */
  readonly step: number | null;
}

/** An approval that nobody has used for so long is none any more, in milliseconds: a week. */
export const APPROVAL_EXPIRES_MS = 604_800_000;
/** Most approvals that a rule may ask for. */
export const MOST_APPROVALS = 20;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,99}$/;

/**
 * Reads `2 of sre`, `1 of managers or sre`, `2 of [managers, sre]`, or `2`, which is two of anybody who may approve.
 * @returns undefined when the text is no such rule
 */
export function parseApprovers(text: string): Pick<ApprovalRule, 'needed' | 'of'> | undefined {
  const found = /^([1-9]\d?)(?:\s+of\s+(.+))?$/.exec(text.trim());
  if (!found) return undefined;
  const needed = Number(found[1]);
  if (needed > MOST_APPROVALS) return undefined;
  if (found[2] === undefined) return { needed, of: [] };
  const inner = found[2].startsWith('[') && found[2].endsWith(']') ? found[2].slice(1, -1) : found[2];
  const of = inner.split(/\s*,\s*|\s+or\s+/).map((name) => name.trim());
  if (of.length > MOST_APPROVALS || of.some((name) => !NAME.test(name))) return undefined;
  return { needed, of: [...new Set(of)] };
}

/** A rule in words: `2 of managers or sre`. */
export const describeApprovers = ({ needed, of }: Pick<ApprovalRule, 'needed' | 'of'>): string =>
  of.length === 0 ? `${needed} of those who may approve` : `${needed} of ${of.join(' or ')}`;
