import { type Document, LineCounter, parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { readInput } from '../../io/files/open-input.js';
import { importPlugins, type Known } from './known.js';
import { type Located, problemsOf, RecipeError, type RecipeProblem } from './problems.js';
import { type Recipe, recipeSchema } from './schema.js';

/** Far above any recipe; a file of another kind is refused before it is parsed. */
const MAX_CHARACTERS = 1 << 20;
const MAX_ALIASES = 100;

export interface ParseOptions {
  /** Name of the file, for messages. */
  readonly file?: string;
  /** Changes as `key.key=value`, where the value is YAML and list places are numbers. */
  readonly set?: readonly string[];
}

/** A checked recipe with what it may name. */
export interface ParsedRecipe {
  readonly recipe: Recipe;
  readonly known: Known;
}

/** Reads a recipe from a YAML (or JSON) file. @throws RecipeError, StorageError */
export async function readRecipe(path: string, set: readonly string[] = []): Promise<ParsedRecipe> {
  const bytes = await readInput(path, 4 * MAX_CHARACTERS);
  return parseRecipe(bytes.toString('utf8'), { file: path, set });
}

/**
 * Checks a recipe's text: one error names every wrong key with line and column. Modules under `plugins` are imported,
 * which runs them.
 * @throws RecipeError
 */
export async function parseRecipe(text: string, options: ParseOptions = {}): Promise<ParsedRecipe> {
  const { file = 'recipe', set = [] } = options;
  if (text.length > MAX_CHARACTERS)
    throw new RecipeError(file, [
      { key: '', message: `it has ${text.length} characters; a recipe has at most ${MAX_CHARACTERS}` },
    ]);
  const lines = new LineCounter();
  const document = readDocument(text, file, lines);
  for (const change of set) applyChange(document, change);
  const value = plainValue(document, file);
  return checkRecipe(value, file, { document, lines });
}

/** Checks a recipe that is plain data already. @throws RecipeError */
export async function checkRecipe(value: unknown, file = 'recipe', located?: Located): Promise<ParsedRecipe> {
  const { data: paths = [] } = z
    .array(z.string())
    .safeParse((value as { plugins?: unknown } | null)?.plugins);
  const known = await importPlugins(paths);
  const schema = recipeSchema(known);
  const result = schema.safeParse(value);
  if (result.success) return { recipe: result.data, known };
  throw new RecipeError(file, problemsOf(result.error, schema, located));
}

function readDocument(text: string, file: string, lines: LineCounter): Document.Parsed {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: true,
      prettyErrors: false,
      logLevel: 'error', // warnings would be printed
    });
  } catch {
    throw new RecipeError(file, [{ key: '', message: 'it is nested too deeply to be a recipe' }]);
  }
  if (document.errors.length === 0) return document;
  if (document.errors.some(({ message }) => message.startsWith('Maximum call stack')))
    throw new RecipeError(file, [{ key: '', message: 'it is nested too deeply to be a recipe' }]);
  const problems = document.errors.map(({ message, pos }): RecipeProblem => {
    const { line, col } = lines.linePos(pos[0]);
    const isSecond = message.startsWith('Source contains multiple documents');
    const what = isSecond ? 'a second document begins here; a recipe is one' : message.replace(/\.$/, '');
    return { line, column: col, key: '', message: what };
  });
  throw new RecipeError(file, problems);
}

function plainValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw new RecipeError(file, [{ key: '', message: (error as Error).message.replace(/\.$/, '') }]);
  }
}

function applyChange(document: Document.Parsed, change: string): void {
  const at = change.indexOf('=');
  const path = change
    .slice(0, at)
    .split('.')
    .flatMap((part) => part.split(/[[\]]/).filter((piece) => piece !== ''));
  if (at < 1 || path.length === 0)
    throw new UsageError(`Expected --set key.key=value but received ${JSON.stringify(change)}.`);
  const keys = path.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  try {
    document.setIn(keys, document.createNode(parse(change.slice(at + 1))));
  } catch (cause) {
    throw new UsageError(`Cannot carry out --set ${change}: ${(cause as Error).message.split('\n')[0]}`, {
      cause,
    });
  }
}
