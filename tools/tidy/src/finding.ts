/** One place where the code base breaks a rule, with what to do about it. */
export interface Finding {
  /** Path relative to the repository, with forward slashes. */
  readonly file: string;
  /** Line counted from 1; 1 when the file as a whole is meant. */
  readonly line: number;
  readonly rule: string;
  readonly problem: string;
  readonly remedy: string;
}

/** Renders a finding as `file:line  rule: problem` and the remedy on a second, indented line. */
export function renderFinding(finding: Finding): string {
  return `${finding.file}:${finding.line}  ${finding.rule}: ${finding.problem}\n    do: ${finding.remedy}`;
}

/** Orders findings by file, then line, then rule, so that two runs print the same text. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || compareText(a.rule, b.rule),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
