import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Finding } from './finding.ts';

/** Far above the second or two that it takes; a hung linter must not hang the check. */
const lintTimeoutMs = 60_000;

/** The linter's answer for 500 findings is about 200 kB. */
const outputLimitBytes = 64 * 1024 * 1024;

interface Diagnostic {
  readonly message: string;
  readonly code?: string;
  readonly help?: string;
  readonly url?: string;
  readonly filename?: string;
  readonly labels?: readonly { readonly span: { readonly line: number } }[];
}

/** Runs oxlint with the repository's configuration, types included, and returns what it found. */
export function lint(root: string): Finding[] {
  const oxlint = join(
    dirname(createRequire(import.meta.url).resolve('oxlint/package.json')),
    'bin',
    'oxlint',
  );
  const run = spawnSync(process.execPath, [oxlint, '-f', 'json', '.'], {
    cwd: root,
    encoding: 'utf8',
    timeout: lintTimeoutMs,
    maxBuffer: outputLimitBytes,
  });
  const diagnostics = diagnosticsIn(run.stdout ?? '');
  if (diagnostics === undefined)
    return [linterBroken(`${run.error?.message ?? ''} ${run.stdout}${run.stderr}`.trim())];
  return diagnostics.map(findingOf);
}

function diagnosticsIn(output: string): readonly Diagnostic[] | undefined {
  try {
    return (JSON.parse(output) as { diagnostics: readonly Diagnostic[] }).diagnostics;
  } catch {
    return undefined;
  }
}

function findingOf(diagnostic: Diagnostic): Finding {
  return {
    file: diagnostic.filename ?? '.oxlintrc.json',
    line: diagnostic.labels?.[0]?.span.line ?? 1,
    rule: diagnostic.code ?? 'oxlint',
    problem: diagnostic.message,
    remedy: diagnostic.help ?? `see ${diagnostic.url ?? 'the rule in the documentation of oxlint'}`,
  };
}

function linterBroken(output: string): Finding {
  return {
    file: '.oxlintrc.json',
    line: 1,
    rule: 'oxlint',
    problem: `the linter did not run: ${output.slice(0, 2000)}`,
    remedy: 'run `npm ci`, then `npx oxlint` to see the whole message',
  };
}
