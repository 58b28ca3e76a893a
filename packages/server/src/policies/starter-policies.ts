import { readdir, readFile } from 'node:fs/promises';

const FOLDER = new URL('./starter/', import.meta.url);

/** The policies that come with Sluice, as one text of several YAML documents in the order of their names. */
export async function starterText(): Promise<string> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.yaml')).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, FOLDER), 'utf8')));
  return texts.join('---\n');
}
