import { expect, it } from 'vitest';
import { redactedArguments } from './redacted.ts';

it('blots out what has the name of a secret, and what is one, wherever it stands', () => {
  const shown = redactedArguments(
    {
      order: 'A-1',
      apiKey: 'k',
      nested: [{ password: { deep: 1 } }],
      note: 'uses hunter22 twice: hunter22',
      on: { token: true },
    },
    ['hunter22', 'A-1'],
  );
  expect(JSON.parse(shown)).toEqual({
    order: 'A-1',
    apiKey: '[secret]',
    nested: [{ password: '[secret]' }],
    note: 'uses [secret] twice: [secret]',
    on: { token: true },
  });
});

it('cuts what is long, and says how long it was', () => {
  const shown = redactedArguments({ text: 'x'.repeat(20_000) }, []);
  expect(shown.length).toBeLessThan(8_300);
  expect(shown).toContain('(20011 characters)');
});
