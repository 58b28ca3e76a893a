/** When a hook is asked. */
export type HookMoment =
  | 'before-session'
  | 'after-session'
  | 'before-task'
  | 'after-task'
  | 'before-tool'
  | 'after-tool';

/** All moments, for schemas and for people. */
export const HOOK_MOMENTS: readonly HookMoment[] = [
  'before-session',
  'after-session',
  'before-task',
  'after-task',
  'before-tool',
  'after-tool',
];

/** What is asked. */
export type HookAction =
  /** Is sent the occasion as JSON by POST. */
  | { readonly kind: 'http'; readonly url: string }
  /** A shell command in the folder of the revision, which reads the occasion as JSON from its standard input. */
  | { readonly kind: 'command'; readonly command: string };

/** Somebody who is asked before something happens, or told after. */
export interface HookSpec {
  readonly name: string;
  readonly at: HookMoment;
  readonly action: HookAction;
  /** How long it may take, in ms. */
  readonly timeoutMs: number;
  /** What holds when the hook itself fails; nobody can refuse what has happened. */
  readonly onError: 'allow' | 'refuse';
  /** Only for calls of these tools, as the agent calls them; null for all. */
  readonly tools: readonly string[] | null;
}

/** Whether it is asked before something, and can forbid it. */
export const isBefore = (moment: HookMoment): boolean => moment.startsWith('before-');

/** The hooks that are asked at a moment, in the order of the file. */
export const hooksAt = (
  hooks: readonly HookSpec[],
  moment: HookMoment,
  tool: string | null = null,
): readonly HookSpec[] =>
  hooks.filter(({ at, tools }) => at === moment && (tools === null || tool === null || tools.includes(tool)));
