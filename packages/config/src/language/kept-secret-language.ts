import { plainKey } from './kubernetes/kubernetes-forms.ts';
import { definition, optional, record, required, textLeaf } from './leaf.ts';

const vaultKey = definition(
  'vault-key',
  "A key of a secret of Vault's KV version 2.",
  record({
    path: required(
      textLeaf({
        expects: 'the mount and the path of a secret, such as secret/shop',
        pattern: /^[A-Za-z0-9._-]{1,100}(\/[A-Za-z0-9._-]{1,100}){1,20}$/,
        parse: (text) => (/(^|\/)\.{1,2}(\/|$)/.test(text) ? undefined : text),
      }),
      { meaning: 'The mount and the path of the secret, without `data`.', example: 'secret/shop' },
    ),
    key: required(plainKey('a key of a secret', 'url'), { meaning: 'Its key.', example: 'url' }),
  }),
);

const keptName = () =>
  textLeaf({
    expects:
      'the name of a secret that Sluice keeps, such as shop-db, or one of its versions, such as shop-db@3',
    pattern: /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?(@[1-9]\d{0,8})?$/,
    parse: (text) => text,
  });

/** Keys that name a secret which lies neither in files nor in the environment. */
export const keptSecretKeys = () => ({
  secret: optional(keptName(), {
    meaning: 'Secret that Sluice keeps encrypted; `sluice secrets set` keeps one.',
    example: 'shop-db',
  }),
  vault: optional(vaultKey, {
    meaning: 'Key of a secret of the Vault that the control plane reads.',
    example: { path: 'secret/shop', key: 'url' },
  }),
});
