import { expect, test } from 'vitest';
import { parseApplication } from '../parse-application.ts';

const messagesWith = (window: string): readonly string[] => {
  const text = `application: shop
components:
  web: { run: ./serve, strategy: careful }
strategies:
  careful:
    canary:
      phases: [{ share: 5%, hold: 1h }]
      expressions: [{ expression: candidate.errorRate < 0.1, window: ${window} }]
`;
  const outcome = parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/srv/app' });
  return outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
};

test('an expression has no window of which no host keeps all seconds', () => {
  expect(messagesWith('10m')).toEqual([]);
  expect(messagesWith('11m').join()).toContain('1s to 10m');
});
