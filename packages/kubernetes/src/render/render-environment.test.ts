import { assert as check, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asText } from '../objects/as-object.ts';
import { renderEnvironment } from './render-environment.ts';
import { isContainer } from './rendered-revision.ts';
import { SAMPLE_CONTAINER, sampleRevision } from './testing/sample-revision.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';

function environment(component: Partial<ComponentSpec>, secretKeys = SAMPLE_CONTAINER.secretKeys) {
  const of = sampleRevision({ workload: { ...SAMPLE_CONTAINER, secretKeys } }, component);
  if (!isContainer(of)) expect.unreachable('the sample is a container');
  return renderEnvironment(of, 'web-secrets');
}

/** What the kubelet makes of a value: `$$` is `$`, and `$(NAME)` the variable, or itself where there is none. */
const seenByProgram = (value: string): string =>
  value.replaceAll(/\$\$|\$\(([^)]*)\)/g, (found) => (found === '$$' ? '$' : 'REPLACED'));

describe('the environment of a container', () => {
  it('reaches the program as it stands in the file, whatever dollars are in it', () => {
    const text = string({ unit: constantFrom('$', '(', ')', 'A', '{', '}') });
    check(
      property(text, (value) => {
        const [variable] = environment({ env: { VALUE: value } }).filter(({ name }) => name === 'VALUE');
        expect(seenByProgram(asText(variable?.['value']))).toBe(value);
      }),
    );
  });

  it('has every name once; what a target gives wins over the component, and the component over the pod', () => {
    const variables = environment(
      {
        env: { PORT: '1', SLUICE_VERSION: 'mine', POD_NAME: 'mine', TOKEN: 'plain', KEY: 'plain' },
        secrets: { TOKEN: { from: 'environment', name: 'X' } },
      },
      { KEY: { secret: 'keys', key: 'key' } },
    );
    const names = variables.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const byName = Object.fromEntries(variables.map(({ name, ...variable }) => [asText(name), variable]));
    expect(byName).toMatchObject({
      PORT: { value: '8080' },
      SLUICE_VERSION: { value: 'v1.4.2' },
      POD_NAME: { value: 'mine' },
      TOKEN: { valueFrom: { secretKeyRef: { name: 'web-secrets', key: 'TOKEN' } } },
      KEY: { valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
    });
  });
});
