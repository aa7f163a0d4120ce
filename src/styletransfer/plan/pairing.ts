import { UsageError } from '../../core/errors.js';
import { counted } from '../../core/plural.js';
import type { Rng } from '../../core/rng.js';
import type { Recipe } from './recipe.js';

/** What the plan needs to know of a content picture. */
export interface ContentInput {
  /** Path relative to the content folder, `/` between parts. */
  readonly key: string;
  readonly className: string;
  readonly classId: number;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Size of the file. */
  readonly bytes: number;
}

/** What the plan needs to know of a style picture. */
export interface StyleInput {
  readonly key: string;
  readonly className: string;
  /** The class of the content set that has this style's class name; null where none has. */
  readonly classId: number | null;
  readonly bytes: number;
}

/** A picture of the plan and the file that it is read from. */
export type Located<T> = T & { readonly file: string };

/** One output's two pictures, by their places in the lists; `copy` counts the outputs of one content picture. */
export interface Pair {
  readonly content: number;
  readonly style: number;
  readonly copy: number;
}

/** Who goes with whom, and who would have stood in for a style that turned out unreadable. */
export interface Pairing {
  readonly pairs: readonly Pair[];
  /** Another style for `pair`, none of `refused`; undefined when there is none or the pairing must be exact. */
  redraw(pair: Pair, refused: ReadonlySet<number>): number | undefined;
}

const DRAWS = 256;

/**
 * For every content picture `stylesPerImage` different styles. Each draw has the address (seed, content key, copy), so
 * it depends neither on other pictures nor on any order.
 */
export function pairRandomly(
  recipe: Recipe,
  contents: readonly ContentInput[],
  styles: readonly StyleInput[],
  root: Rng,
): Pairing {
  const byClass = countClasses(styles);
  const exclude = recipe.sameClass === 'exclude' || (recipe.sameClass === 'auto' && byClass.size > 1);
  const barred = (content: ContentInput, style: number): boolean => {
    const candidate = styles[style]!;
    if (recipe.styles === 'self' && candidate.key === content.key) return true;
    return exclude && candidate.className === content.className;
  };
  const draw = (place: number, copy: number, taken: ReadonlySet<number>): number | undefined => {
    const content = contents[place]!;
    const rng = root.at('style', content.key, copy);
    let style = 0;
    for (let attempt = 0; attempt < DRAWS; attempt++) {
      style = rng.integer(styles.length);
      if (!taken.has(style) && !barred(content, style)) return style;
    }
    for (let step = 0; step < styles.length; step++) {
      const next = (style + step) % styles.length;
      if (!taken.has(next) && !barred(content, next)) return next;
    }
    return undefined;
  };
  const pairs = contents.flatMap((content, place) => {
    const taken = new Set<number>();
    return Array.from({ length: recipe.stylesPerImage }, (_, copy): Pair => {
      const style = draw(place, copy, taken);
      if (style === undefined) throw tooFewStyles(content, recipe.stylesPerImage, taken.size, exclude);
      taken.add(style);
      return { content: place, style, copy };
    });
  });
  const n = recipe.stylesPerImage;
  return {
    pairs,
    redraw(pair, refused) {
      const siblings = pairs.slice(pair.content * n, (pair.content + 1) * n).map(({ style }) => style);
      return draw(pair.content, pair.copy, new Set([...siblings, ...refused]));
    },
  };
}

function tooFewStyles(content: ContentInput, wanted: number, found: number, exclude: boolean): UsageError {
  const reason = exclude ? ' of another class' : '';
  return new UsageError(
    `Expected at least ${counted(wanted, 'style')}${reason} for ${content.key} but there are ${found}: ` +
      'give more styles, fewer styles per image, or allow styles of the same class.',
  );
}

/**
 * Exactly `perCell` pictures for every shape class with every other texture class. Pictures and styles of a class are
 * dealt from a shuffled deck, so that each is used equally often (within one, but where a pair would repeat).
 */
export function pairStratified(
  recipe: Recipe,
  contents: readonly ContentInput[],
  styles: readonly StyleInput[],
  root: Rng,
): Pairing {
  const shapes = decks(contents, root.at('deal', 'shape'));
  const textures = decks(styles, root.at('deal', 'texture'));
  const cells = [...shapes.keys()].flatMap((shape) =>
    [...textures.keys()].filter((texture) => texture !== shape).map((texture) => [shape, texture] as const),
  );
  if (cells.length === 0) {
    throw new UsageError(
      `Stratified pairing needs a shape class and a different texture class, but the content has ` +
        `${counted(shapes.size, 'class', 'classes')} and the styles have ${textures.size}: sort the pictures into a folder for each class.`,
    );
  }
  const perCell =
    recipe.perCell ?? Math.max(1, Math.floor((contents.length * recipe.stylesPerImage) / cells.length));
  const copies = new Uint32Array(contents.length);
  const pairs = cells.flatMap(([shape, texture]) =>
    dealCell(shapes.get(shape)!, textures.get(texture)!, perCell, `${shape} with ${texture}`).map(
      ([content, style]): Pair => ({ content, style, copy: copies[content]!++ }),
    ),
  );
  return { pairs, redraw: () => undefined };
}

interface Deck {
  readonly cards: readonly number[];
  next: number;
}

function decks(items: readonly { readonly className: string }[], rng: Rng): Map<string, Deck> {
  const classes = new Map<string, number[]>();
  items.forEach(({ className }, place) => {
    const members = classes.get(className);
    if (members === undefined) classes.set(className, [place]);
    else members.push(place);
  });
  return new Map(
    [...classes].map(([name, members]) => {
      const order = rng.at(name).permutation(members.length);
      return [name, { cards: order.toArray().map((place) => members[place]!), next: 0 }];
    }),
  );
}

function dealCell(shape: Deck, texture: Deck, count: number, cell: string): [number, number][] {
  const possible = shape.cards.length * texture.cards.length;
  if (count > possible) {
    throw new UsageError(
      `Cell ${cell} has ${possible} different pairs but ${count} were asked: lower the count.`,
    );
  }
  const deal = (deck: Deck): number => deck.cards[deck.next++ % deck.cards.length]!;
  const used = new Set<string>();
  const dealt: [number, number][] = [];
  while (dealt.length < count) {
    const content = deal(shape);
    for (let tries = 0; tries < texture.cards.length; tries++) {
      const style = deal(texture);
      if (used.has(`${content} ${style}`)) continue;
      used.add(`${content} ${style}`);
      dealt.push([content, style]);
      break;
    }
  }
  return dealt;
}

function countClasses(styles: readonly StyleInput[]): Set<string> {
  return new Set(styles.map(({ className }) => className));
}
