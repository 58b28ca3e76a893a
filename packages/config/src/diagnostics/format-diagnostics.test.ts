import { describe, expect, it } from 'vitest';
import { parseApplication } from '../parse-application.ts';
import { formatDiagnostics } from './format-diagnostics.ts';

function printed(text: string): string {
  const outcome = parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/app' });
  return outcome.ok ? '' : formatDiagnostics(outcome.diagnostics, text);
}

describe('printed diagnostics', () => {
  it('underline what is meant and line up their numbers', () => {
    const text = `application: a\ncomponents: { web: { rum: x } }\n${'\n'.repeat(8)}strategy: careful\n`;
    expect(printed(text)).toBe(`sluice.yaml:2:22: components.web.rum is not a known key; did you mean "run"?
   2 | components: { web: { rum: x } }
     |                      ^^^

sluice.yaml:11:1: strategy is not a known key; did you mean "strategies"?
  11 | strategy: careful
     | ^^^^^^^^
`);
  });

  it('stand under tabs and beside Windows line ends', () => {
    expect(printed('application:\ta\r\ncomponents: { web: { run:\tx,\tdrain: 5 } }\r\n')).toBe(
      `sluice.yaml:2:37: components.web.drain must be a duration from 0s to 1h, such as 30s or 10m, but is 5
  2 | components: { web: { run:\tx,\tdrain: 5 } }
    |                          \t  \t       ^
`,
    );
  });

  it('show no line for an empty file', () => {
    expect(printed('')).toBe(
      'sluice.yaml:1:1: the file is empty; it needs at least "application" and "components"\n',
    );
  });

  it('show the part of a long line that is meant', () => {
    const [, shown, underline] = printed(
      `application: a\ncomponents: {${' '.repeat(500)} x: 1${' '.repeat(500)} }`,
    ).split('\n');
    expect(shown?.length).toBeLessThan(220);
    expect(shown?.slice(underline?.indexOf('^'), (underline?.lastIndexOf('^') ?? 0) + 1)).toBe('1');
  });

  it('are told as warnings where they are', () => {
    const text = 'application: a\ncomponents: { web: { run: x } }\nchecks: { smoke: { tcp: true } }\n';
    const outcome = parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/app' });
    expect(formatDiagnostics(outcome.ok ? outcome.warnings : [], text, 'warning')).toBe(
      `sluice.yaml:3:11: warning: checks.smoke is used by no strategy
  3 | checks: { smoke: { tcp: true } }
    |           ^^^^^
`,
    );
  });

  it('are nothing for nothing', () => {
    expect(formatDiagnostics([], 'application: a')).toBe('');
  });
});
