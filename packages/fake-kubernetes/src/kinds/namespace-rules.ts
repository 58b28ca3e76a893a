import { ensureMap, mapAt, textAt } from '../json/json-tree.ts';
import type { KindRules } from '../server/kind-rules.ts';

/** What the server does with namespaces. */
export const namespaceRules: Readonly<Record<string, KindRules>> = {
  '/Namespace': {
    nameRule: 'label',
    defaults: (object) => {
      const metadata = ensureMap(object, 'metadata');
      const name = textAt(metadata, 'name');
      if (name !== '') ensureMap(metadata, 'labels')['kubernetes.io/metadata.name'] = name;
    },
    prepareNew: (object) => {
      ensureMap(object, 'spec')['finalizers'] = ['kubernetes'];
      object['status'] = { phase: 'Active' };
    },
    prepareChange: (object, live) => {
      object['spec'] = mapAt(live, 'spec');
    },
  },
};
