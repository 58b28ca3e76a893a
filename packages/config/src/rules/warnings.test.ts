import { expect, test } from 'vitest';
import { parseApplication } from '../parse-application.ts';

function warningsOf(strategies: string, strategy?: string): readonly string[] {
  const text = `application: a
components: { web: { run: x } }
strategies: { ${strategies} }`;
  const outcome = parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/srv/app', strategy });
  return outcome.ok ? outcome.warnings.map(({ message }) => message) : ['it is refused'];
}

test('strategies that are kept for `--strategy` are told in one sentence, however many there are', () => {
  expect(warningsOf('one: { canary: }, two: { rolling: }, three: { blue-green: }')).toEqual([
    'strategies.one is used by no component, nor are two, three; only `--strategy` chooses them',
  ]);
});

test('the strategy that is chosen is used', () => {
  const two = 'careful: { canary: }, other: { blue-green: }';
  expect(warningsOf(two)).toEqual([
    'strategies.careful is used by no component, nor is other; only `--strategy` chooses them',
  ]);
  expect(warningsOf(two, 'careful')).toEqual([
    'strategies.other is used by no component; only `--strategy other` chooses it',
  ]);
});
