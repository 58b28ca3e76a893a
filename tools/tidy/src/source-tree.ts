import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { SourceFile } from './source-file.ts';

/** Folders that hold nothing a person wrote. */
const passedOver = new Set(['node_modules', '.git', 'dist', 'coverage', '.sluice', 'generated']);

/** Endings of the text files that are read; the rest (images, lockfile excepted) cannot break a rule. */
const textEndings = new Set([
  '',
  '.cfg',
  '.css',
  '.html',
  '.json',
  '.jsonl',
  '.md',
  '.proto',
  '.sh',
  '.sql',
  '.toml',
  '.ts',
  '.tsx',
  '.txt',
  '.yaml',
  '.yml',
]);

/** Every text file of the repository, read once and shared by all rules. */
export class SourceTree {
  readonly files: readonly SourceFile[];
  readonly #byPath: ReadonlyMap<string, SourceFile>;

  constructor(files: readonly SourceFile[]) {
    this.files = files;
    this.#byPath = new Map(files.map((file) => [file.path, file]));
  }

  /** The file at a path relative to the repository, if there is one. */
  find(path: string): SourceFile | undefined {
    return this.#byPath.get(path);
  }

  /** TypeScript sources of packages, tools and examples. */
  get sources(): readonly SourceFile[] {
    return this.files.filter((file) => /^(packages|tools|examples)\/.*\.tsx?$/.test(file.path));
  }
}

/** Reads the tree below `root` from disk; links are not followed. */
export function readSourceTree(root: string): SourceTree {
  const files: SourceFile[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !passedOver.has(entry.name)) folders.push(path);
      if (entry.isFile() && textEndings.has(extname(entry.name))) {
        files.push(new SourceFile(path, readFileSync(join(root, path), 'utf8')));
      }
    }
  }
  return new SourceTree(files.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

/** Builds a tree from texts by path, which is all that the tests of a rule need. */
export function sourceTreeOf(texts: Readonly<Record<string, string>>): SourceTree {
  return new SourceTree(Object.entries(texts).map(([path, text]) => new SourceFile(path, text)));
}
