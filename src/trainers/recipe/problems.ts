import type { Document, LineCounter, Node, Pair } from 'yaml';
import { isMap, isNode, isPair, isScalar } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { closest, knownKeys } from './schema-walk.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** One thing that is wrong in a recipe. */
export interface RecipeProblem {
  /** From 1; absent where the key does not stand in the file. */
  readonly line?: number;
  readonly column?: number;
  /** `data.train.transforms[1].flip` */
  readonly key: string;
  readonly message: string;
}

/** A recipe that is not valid; the message has one line for each problem: file, line, column, key, what is wrong. */
export class RecipeError extends UsageError {
  readonly problems: readonly RecipeProblem[];

  constructor(file: string, problems: readonly RecipeProblem[]) {
    super(problems.map((problem) => sentence(file, problem)).join('\n'));
    this.problems = problems;
  }
}

function sentence(file: string, { line, column, key, message }: RecipeProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}: ${key === '' ? '' : `${key}: `}${message}.`;
}

/** A path as it is written: dots, and brackets around places in lists. */
export function pathText(path: Path): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

/** Where the parts of a recipe stand in its file. */
export interface Located {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** What a schema found, with places and the keys that would be known. */
export function problemsOf(error: z.ZodError, schema: z.ZodType, located?: Located): RecipeProblem[] {
  return error.issues
    .flatMap((issue) => flatten(issue, []))
    .map(({ issue, path }) => {
      const key = pathText(path);
      if (issue.code !== 'unrecognized_keys')
        return { ...locate(path, located), key, message: wording(issue) };
      const known = knownKeys(schema, path);
      const near = closest(issue.keys[0]!, known);
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      const list = known.length > 0 ? `${hint === '' ? '.' : ''} Known keys: ${known.join(', ')}` : '';
      const message = `unknown key "${issue.keys.join('", "')}"${hint}${list}`;
      return { ...locate([...path, issue.keys[0]!], located), key, message };
    });
}

/** Zod's message; a missing key is said to be missing. */
function wording(issue: Issue): string {
  const missing = issue.code === 'invalid_type' && / received undefined$/.test(issue.message);
  return missing ? `it is missing; expected ${issue.expected}` : issue.message.replace(/\.$/, '');
}

/** Of a union's branches the one that got furthest. */
function flatten(issue: Issue, before: Path): { issue: Issue; path: Path }[] {
  const path = [...before, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  const branches = issue.errors.map((issues) => issues.flatMap((inner) => flatten(inner, path)));
  const scores = branches.map((found) => Math.max(...found.map((one) => progress(one, path.length))));
  return branches[scores.indexOf(Math.max(...scores))]!;
}

function progress({ issue, path }: { issue: Issue; path: Path }, depth: number): number {
  if (path.length > depth) return 10 + path.length;
  if (issue.code === 'invalid_type') return 0;
  return issue.code === 'invalid_value' ? 1 : 2;
}

/** Line and column of the deepest part of a path that stands in the file. */
function locate(path: Path, located: Located | undefined): { line?: number; column?: number } {
  if (located === undefined) return {};
  const { document, lines } = located;
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0];
  for (const part of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && item.key.value === part,
      );
      if (pair === undefined) break;
      if (isNode(pair.value) && !pair.value.range) return {}; // by --set: the file says something else there
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = isNode(pair.value) ? pair.value : undefined;
    } else {
      const next: unknown = typeof part === 'number' ? document.getIn(pathTo(path, part), true) : undefined;
      if (!isNode(next)) break;
      node = next;
      offset = next.range?.[0] ?? offset;
    }
  }
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

const pathTo = (path: Path, part: PropertyKey): PropertyKey[] =>
  path.slice(0, path.lastIndexOf(part) + 1) as PropertyKey[];
