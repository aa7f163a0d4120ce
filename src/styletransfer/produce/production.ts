import type { Workspace } from '../dataset/workspace.js';
import type { Painter, Picture } from '../painting/painter.js';
import type { ContentInput, Located, StyleInput } from '../plan/pairing.js';
import type { Plan, PlanRecipe } from '../plan/plan.js';
import type { Medium } from './medium.js';

/** Everything that making outputs needs. */
export interface Production<Style, Content extends Picture = Picture> {
  readonly recipe: PlanRecipe;
  readonly plan: Plan;
  readonly contents: readonly Located<ContentInput>[];
  readonly styles: readonly Located<StyleInput>[];
  readonly painter: Painter<Style, Content>;
  readonly medium: Medium<Content>;
  readonly workspace: Workspace;
  /** Pictures decoded and encoded at once. */
  readonly workers: number;
  /** Throw at the first unreadable picture instead of setting it aside. */
  readonly failFast: boolean;
  /** Called after outputs were written or refused, with how many. */
  readonly onOutputs?: (delivered: number, refused: number) => void;
  /** Called before a commit; throws when the folder is no longer ours. */
  readonly beforeCommit?: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}
