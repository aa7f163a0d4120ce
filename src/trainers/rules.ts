import type { Algebra } from './algebra.js';

/** What a rule sees of one parameter at one step. */
export interface RuleInput<V> {
  readonly weight: V;
  readonly gradient: V;
  /** The rule's memory of this parameter, by slot name. */
  readonly slots: Readonly<Record<string, V>>;
  readonly learningRate: V;
  /** 1 at the first step. */
  readonly step: V;
  readonly weightDecay: number;
}

export interface RuleOutput<V> {
  readonly weight: V;
  readonly slots: Readonly<Record<string, V>>;
}

/** How one optimizer changes one parameter. All slots start at 0. */
export interface Rule {
  readonly name: string;
  readonly slots: readonly string[];
  update<V>(math: Algebra<V>, input: RuleInput<V>): RuleOutput<V>;
}

function coupledDecay<V>(math: Algebra<V>, { gradient, weight, weightDecay }: RuleInput<V>): V {
  return weightDecay === 0 ? gradient : math.add(gradient, math.mul(weight, weightDecay));
}

export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Looks ahead along the momentum; default false, as in every recipe of the papers. */
  readonly nesterov?: boolean;
}

/** PyTorch's SGD: buffer = momentum * buffer + gradient; weight -= rate * buffer. Decay is added to the gradient. */
export function sgdRule({ momentum = 0, nesterov = false }: SgdOptions = {}): Rule {
  return {
    name: 'sgd',
    slots: momentum === 0 ? [] : ['momentum'],
    update: (math, input) => {
      const gradient = coupledDecay(math, input);
      const previous = input.slots.momentum;
      if (previous === undefined) {
        return { weight: math.sub(input.weight, math.mul(gradient, input.learningRate)), slots: {} };
      }
      const buffer = math.add(math.mul(previous, momentum), gradient);
      const direction = nesterov ? math.add(gradient, math.mul(buffer, momentum)) : buffer;
      return {
        weight: math.sub(input.weight, math.mul(direction, input.learningRate)),
        slots: { momentum: buffer },
      };
    },
  };
}

export interface RmsPropOptions {
  /** Default 0.9. */
  readonly decay?: number;
  /** Default 0.9. */
  readonly momentum?: number;
  /** Inside the square root; default 1e-3. */
  readonly epsilon?: number;
}

/**
 * RMSProp as in AtomNAS and the MnasNet recipe: the mean square starts at 0 and epsilon is inside the root.
 * square = decay * square + (1 - decay) * g²; buffer = momentum * buffer + g / sqrt(square + epsilon).
 */
export function rmsPropRule({ decay = 0.9, momentum = 0.9, epsilon = 1e-3 }: RmsPropOptions = {}): Rule {
  return {
    name: 'rmsprop',
    slots: ['square', 'momentum'],
    update: (math, input) => {
      const gradient = coupledDecay(math, input);
      const { square, momentum: previous } = input.slots;
      const nextSquare = math.add(
        math.mul(square!, decay),
        math.mul(math.mul(gradient, gradient), 1 - decay),
      );
      const scaled = math.div(gradient, math.sqrt(math.add(nextSquare, epsilon)));
      const buffer = math.add(math.mul(previous!, momentum), scaled);
      return {
        weight: math.sub(input.weight, math.mul(buffer, input.learningRate)),
        slots: { square: nextSquare, momentum: buffer },
      };
    },
  };
}

export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Added to the root; default 1e-8 (LAMB: 1e-6). */
  readonly epsilon?: number;
}

interface Moments<V> {
  /** Bias-corrected first moment over the root of the second. */
  readonly direction: V;
  readonly slots: { readonly first: V; readonly second: V };
}

function moments<V>(
  math: Algebra<V>,
  input: RuleInput<V>,
  gradient: V,
  options: Required<AdamOptions>,
): Moments<V> {
  const { beta1, beta2, epsilon } = options;
  const first = math.add(math.mul(input.slots.first!, beta1), math.mul(gradient, 1 - beta1));
  const second = math.add(
    math.mul(input.slots.second!, beta2),
    math.mul(math.mul(gradient, gradient), 1 - beta2),
  );
  const mean = math.div(first, math.oneMinusPower(beta1, input.step));
  const root = math.add(math.sqrt(math.div(second, math.oneMinusPower(beta2, input.step))), epsilon);
  return { direction: math.div(mean, root), slots: { first, second } };
}

/** Adam (arXiv 1412.6980) as in PyTorch; decay is added to the gradient. */
export function adamRule({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): Rule {
  return {
    name: 'adam',
    slots: ['first', 'second'],
    update: (math, input) => {
      const { direction, slots } = moments(math, input, coupledDecay(math, input), { beta1, beta2, epsilon });
      return { weight: math.sub(input.weight, math.mul(direction, input.learningRate)), slots };
    },
  };
}

/** AdamW (arXiv 1711.05101): the weight first shrinks by rate * decay, then takes the Adam step. */
export function adamwRule({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): Rule {
  return {
    name: 'adamw',
    slots: ['first', 'second'],
    update: (math, input) => {
      const { direction, slots } = moments(math, input, input.gradient, { beta1, beta2, epsilon });
      const decayed = math.sub(
        input.weight,
        math.mul(math.mul(input.weight, input.learningRate), input.weightDecay),
      );
      return { weight: math.sub(decayed, math.mul(direction, input.learningRate)), slots };
    },
  };
}

/**
 * LAMB (arXiv 1904.00962, algorithm 2): the Adam direction plus decay, scaled per parameter by
 * ‖weight‖ / ‖direction‖ where both are above 0.
 */
export function lambRule({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6 }: AdamOptions = {}): Rule {
  return {
    name: 'lamb',
    slots: ['first', 'second'],
    update: (math, input) => {
      const { direction, slots } = moments(math, input, input.gradient, { beta1, beta2, epsilon });
      const decayed = math.add(direction, math.mul(input.weight, input.weightDecay));
      const trust = math.ratioOrOne(math.norm(input.weight), math.norm(decayed));
      const change = math.mul(math.mul(decayed, trust), input.learningRate);
      return { weight: math.sub(input.weight, change), slots };
    },
  };
}
