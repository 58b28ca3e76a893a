import { basename } from 'node:path';
import type { Finding } from '../finding.ts';
import type { SourceTree } from '../source-tree.ts';

/** Nouns that say nothing about what is in the drawer. */
const emptyWords = new Set([
  'util',
  'utils',
  'utility',
  'utilities',
  'helper',
  'helpers',
  'manager',
  'managers',
  'common',
  'data',
  'info',
  'misc',
  'stuff',
]);

/** Folders below `src` that a file may lie in. */
const deepestFolder = 4;

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Refuses barrels, empty nouns, folders that are not kebab-case and files more than four folders below `src`. */
export function checkFileNames(tree: SourceTree): Finding[] {
  return tree.sources.flatMap(({ path }) => {
    const complaints = [complainOfBarrel(path), complainOfDepth(path), ...complainOfNames(path)];
    return complaints
      .filter((complaint) => complaint !== undefined)
      .map((complaint) => ({ file: path, line: 1, ...complaint }));
  });
}

type Complaint = Pick<Finding, 'rule' | 'problem' | 'remedy'>;

function complainOfBarrel(path: string): Complaint | undefined {
  if (!/^index\.tsx?$/.test(basename(path))) return undefined;
  return {
    rule: 'no-barrel',
    problem: 'a file named index hides what it holds',
    remedy: 'name the file after its main export and let importers name the file they need',
  };
}

function complainOfDepth(path: string): Complaint | undefined {
  const below = foldersBelowSrc(path);
  if (below.length <= deepestFolder) return undefined;
  return {
    rule: 'folder-depth',
    problem: `${below.length} folders below src, the limit is ${deepestFolder}`,
    remedy: 'merge two of the folders or move the file to the feature it belongs to',
  };
}

function complainOfNames(path: string): Complaint[] {
  const names = [...foldersBelowSrc(path), stemOf(path)];
  return names.flatMap((name) => {
    if (name !== stemOf(path) && !kebabCase.test(name)) {
      return [
        {
          rule: 'kebab-case',
          problem: `folder \`${name}\` is not kebab-case`,
          remedy: 'use lower-case words joined by hyphens',
        },
      ];
    }
    const noun = name.split('-').at(-1) ?? name;
    if (!emptyWords.has(noun)) return [];
    return [
      {
        rule: 'empty-name',
        problem: `\`${noun}\` in \`${name}\` does not say what is inside`,
        remedy: 'name it after its main export, or give its parts to the files that use them',
      },
    ];
  });
}

function foldersBelowSrc(path: string): string[] {
  const parts = path.split('/');
  const src = parts.indexOf('src');
  return src === -1 ? [] : parts.slice(src + 1, -1);
}

/** `judge.contract.ts` and `judge.test.ts` belong to `judge`. */
function stemOf(path: string): string {
  return basename(path).replace(/\..*$/, '');
}
