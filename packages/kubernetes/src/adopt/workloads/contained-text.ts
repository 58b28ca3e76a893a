/** The text that a regular expression asks a value to contain, as `.*beta.*` does; undefined when it asks for something else. */
export function containedText(regex: string): string | undefined {
  return /^\^?\.[*+]([^.*+?^${}()|[\]\\]+)\.[*+]\$?$/.exec(regex)?.[1];
}

/** What is said of such a text beside what can be matched; empty where it is none. */
export function containsWords(regex: string): string {
  const text = containedText(regex);
  return text === undefined
    ? ''
    : ` It asks for values that contain \`${text}\`, and Sluice has no condition for what a value contains.`;
}
