import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { RevisionNames } from '../evidence-source.ts';

/** Names of generated pods are cut to this, without the random end (Kubernetes `names.SimpleNameGenerator`). */
const LONGEST_POD_BASE = 58;
/** A pod template's hash with its dash has at most so many characters. */
const LONGEST_HASH = 11;

/**
 * A name of Kubernetes as a regular expression: of what it may hold only the dot means something. Without a backslash,
 * as it also stands inside texts of PromQL.
 */
export const escapeName = (name: string): string => name.replaceAll('.', '[.]');

/** A text in PromQL. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Any of some names, as a regular expression. */
export const anyOf = (names: readonly string[]): string => [...new Set(names)].map(escapeName).join('|');

/**
 * The names of a workload's pods, as a regular expression without anchors: `<workload>-<template hash>-<random>` of a
 * Deployment, `<workload>-<random>` of a DaemonSet, `<workload>-<number>` of a StatefulSet. Long names are cut by Kubernetes.
 */
export function podPattern(workload: string): string {
  const base = `${workload}-`;
  if (base.length + LONGEST_HASH > LONGEST_POD_BASE)
    return `${escapeName(base.slice(0, LONGEST_POD_BASE))}[a-z0-9-]{1,17}`;
  return `${escapeName(base)}([a-z0-9]{1,10}-)?[a-z0-9]{1,10}`;
}

/** Finds the one revision that a test holds for; null when it is none or several. */
export function onlyOne(
  names: readonly RevisionNames[],
  holds: (name: RevisionNames) => boolean,
): RevisionId | null {
  const found = names.filter(holds);
  return found.length === 1 && found[0] ? found[0].revision : null;
}

/** Finds the revision of a pod by its name. */
export function byPod(names: readonly RevisionNames[]): (pod: string | undefined) => RevisionId | null {
  const patterns = names.map((name) => [name, new RegExp(`^(?:${podPattern(name.workload)})$`)] as const);
  return (pod) =>
    onlyOne(names, (name) => patterns.some(([of, pattern]) => of === name && pattern.test(pod ?? '')));
}

/** A status of 500 or above, as a number or as a class such as `5xx`. */
export const isServerError = (status: string | undefined): boolean => status?.startsWith('5') ?? false;
