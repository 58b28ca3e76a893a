import { refusedWith } from '../rollouts/problems.ts';

/** Nobody knows a cluster of this name. */
export const unknownCluster = (name: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `The cluster ${name} is not known.`,
    remedy: `\`sluice cluster list\` shows those that are registered; \`sluice cluster add ${name} --context CONTEXT\` registers one.`,
  });

/** The name is taken by what it means. */
export const reserved = (name: string) =>
  refusedWith(422, 'reserved-name', {
    title: 'Reserved name',
    detail: `The name ${name} stands for the cluster in which Sluice itself runs.`,
    remedy: 'Choose another name; `--in-cluster` registers that cluster under any name.',
  });

/** By what to be let in cannot be read. */
export const unreadable = (name: string, fault: string) =>
  refusedWith(422, 'unreadable-credentials', {
    title: 'Unreadable credentials',
    detail: `The cluster ${name} was not registered, because the control plane cannot read by what to be let in: ${fault}.`,
    remedy: "Name a kubeconfig and a context that are there on the control plane's machine.",
  });

/** Tracks use it, each with what it does with it. */
export const inUse = (name: string, uses: readonly { readonly track: string; readonly words: string }[]) =>
  refusedWith(409, 'cluster-in-use', {
    title: 'Cluster in use',
    detail: `The cluster ${name} is used by ${uses.map(({ track, words }) => `${track} (${words})`).join(', ')}.`,
    remedy: 'Release these to another cluster first.',
  });
