import type { Comment, Node, Program } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';
import { syntaxNodesOf } from '../syntax-nodes.ts';

type Statement = Program['body'][number];

/** Demands a sentence in front of each export and refuses `export *`; tests are left alone. */
export function checkDocstrings(tree: SourceTree): Finding[] {
  const judged = tree.sources.filter(
    ({ path }) => !path.endsWith('.test.ts') && !/^packages\/[^/]+\/test\//.test(path),
  );
  return judged.flatMap(checkFile);
}

function checkFile(file: SourceFile): Finding[] {
  const seen = new Set<string>();
  return file.program.body.flatMap((statement) => {
    if (statement.type === 'ExportAllDeclaration') return [exportAllFinding(file, statement)];
    return exportsOf(statement, file.program).flatMap(({ name, at }) => {
      // Only the first of several overloads carries the sentence.
      if (seen.has(name)) return [];
      seen.add(name);
      return complainOf(file, name, at);
    });
  });
}

interface Exported {
  readonly name: string;
  /** Where the declaration starts: the sentence must end just before it. */
  readonly at: number;
}

function exportsOf(statement: Statement, program: Program): Exported[] {
  if (statement.type !== 'ExportNamedDeclaration' || statement.source !== null) return [];
  if (isReadingOfSchema(statement)) return [];
  if (statement.declaration !== null) {
    return namesOf(statement.declaration)
      .slice(0, 1)
      .map((name) => ({ name, at: statement.start }));
  }
  return statement.specifiers.flatMap((specifier) => {
    if (specifier.local.type !== 'Identifier') return [];
    const { name } = specifier.local;
    const declaration = program.body.find((candidate) => namesOf(candidate).includes(name));
    return declaration === undefined ? [] : [{ name, at: declaration.start }];
  });
}

/** `type Split = z.infer<typeof splitSchema>` is its schema read as a type: a sentence would only repeat the schema's. */
function isReadingOfSchema(statement: Statement): boolean {
  if (statement.type !== 'ExportNamedDeclaration') return false;
  const { declaration } = statement;
  if (declaration?.type !== 'TSTypeAliasDeclaration') return false;
  return syntaxNodesOf(declaration.typeAnnotation).some(
    (node, at) => at <= deepestReading && isInference(node),
  );
}

/** `Readonly<z.infer<…>>`: the reference to Readonly, its name, its list of parameters, and then the inference. */
const deepestReading = 3;

function isInference(node: Node): boolean {
  if (node.type !== 'TSTypeReference' || node.typeName.type !== 'TSQualifiedName') return false;
  const { left, right } = node.typeName;
  return left.type === 'Identifier' && left.name === 'z' && /^(infer|input|output)$/.test(right.name);
}

function namesOf(node: Node): string[] {
  switch (node.type) {
    case 'VariableDeclaration':
      return node.declarations.map(({ id }) => (id.type === 'Identifier' ? id.name : 'a pattern'));
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
      return node.id === null ? [] : [node.id.name];
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSEnumDeclaration':
      return [node.id.name];
    default:
      return [];
  }
}

function complainOf(file: SourceFile, name: string, at: number): Finding[] {
  const comment = file.comments.find((candidate) => isDocstringOf(file, candidate, at));
  const place = { file: file.path, line: file.lineAt(at), rule: 'docstring' };
  if (comment === undefined) {
    return [
      {
        ...place,
        problem: `\`${name}\` is exported without a docstring`,
        remedy: 'write /** one full sentence: what it is or does, with units, ranges and errors */ above it',
      },
    ];
  }
  if (isSentence(firstParagraphOf(comment))) return [];
  return [
    {
      ...place,
      problem: `the docstring of \`${name}\` is not a full sentence`,
      remedy: 'write at least three words and end with a full stop',
    },
  ];
}

function isDocstringOf(file: SourceFile, comment: Comment, at: number): boolean {
  const isDocstring = comment.type === 'Block' && comment.value.startsWith('*');
  return isDocstring && comment.end <= at && file.text.slice(comment.end, at).trim() === '';
}

function firstParagraphOf(comment: Comment): string {
  const lines = comment.value.split('\n').map((line) => line.replace(/^\s*\*+ ?/, '').trimEnd());
  const text = lines.join('\n').trim();
  return text.split(/\n\s*\n|\n(?=@)/)[0] ?? '';
}

function isSentence(text: string): boolean {
  return /[.!?:][)`"']*$/.test(text) && text.split(/\s+/).length >= 3;
}

function exportAllFinding(file: SourceFile, statement: Statement): Finding {
  return {
    file: file.path,
    line: file.lineAt(statement.start),
    rule: 'no-barrel',
    problem: '`export *` makes this file a barrel',
    remedy: 'let importers name the file that holds what they need',
  };
}
