import { freeText, list, optional, textLeaf, whole } from '../leaf.ts';
import { DEFAULTS } from '../defaults.ts';

/** Parts of an image's name, without registry: lower case, with `.`, `_`, `-` between letters and digits. */
const NAME = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const IMAGE = new RegExp(
  `^(?=.{1,512}$)(?:[A-Za-z0-9.-]+(?::[0-9]{1,5})?/)?${NAME}(?:/${NAME})*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

const words = (what: string) => list(freeText(what), 'texts', { from: 1, to: 200 });

/** The image that a component runs. */
export const imageKey = () =>
  optional(
    textLeaf({
      expects: 'an image, such as ghcr.io/shop/web:1.4 or ghcr.io/shop/web@sha256:...',
      pattern: IMAGE,
      parse: (text) => text,
    }),
    {
      meaning: 'Image of the container, on Kubernetes. It serves HTTP on the port given in PORT.',
      example: 'ghcr.io/shop/web:1.4',
    },
  );

/** Files of manifests instead of a workload in the language. */
export const manifestsKey = () =>
  optional(
    list(freeText('the path of a file of manifests'), 'paths of files of manifests', { from: 1, to: 50 }),
    {
      meaning:
        'Files with an Argo Rollout, a Flagger Canary or a plain workload that exist already, relative to sluice.yaml; workload and strategy are taken from them.',
      example: ['k8s/rollout.yaml'],
    },
  );

/** Keys of a container that stand in the component itself, because nobody calls them otherwise. */
export const containerKeys = () => ({
  command: optional(words('a word of a command'), {
    meaning: 'Command of the container, word by word.',
    otherwise: 'that of the image',
    example: ['node', 'server.js'],
  }),
  args: optional(words('an argument'), {
    meaning: 'Arguments of the command.',
    otherwise: 'those of the image',
    example: ['--verbose'],
  }),
});

/** The port of a container. */
export const portKey = () =>
  optional(whole(1, 65_535), {
    meaning: 'Port on which the container serves, on Kubernetes; given to it as PORT.',
    default: DEFAULTS.kubernetes.port,
  });
