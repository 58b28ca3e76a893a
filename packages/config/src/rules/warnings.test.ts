import { expect, test } from 'vitest';
import { parseApplication } from '../parse-application.ts';

test('strategies that are kept for `--strategy` are told in one sentence, however many there are', () => {
  const text = `application: a
components: { web: { run: x } }
strategies: { one: { canary: }, two: { rolling: }, three: { blue-green: } }`;
  const outcome = parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/srv/app' });
  expect(outcome.ok && outcome.warnings.map(({ message }) => message)).toEqual([
    'strategies.one is used by no component, nor are two, three; only `--strategy` chooses them',
  ]);
});
