import type { Command } from 'commander';
import { register as registerImport } from './volumes/import.js';
import { register as registerInspect } from './volumes/inspect.js';
import { register as registerPreprocess } from './volumes/preprocess.js';
import { register as registerView } from './volumes/view.js';

const EXAMPLES = `
Examples:
  cuemix volumes inspect scans --labels masks
  cuemix volumes preprocess scans --labels masks --out prepared --orientation RAS --spacing 1,1,1
  cuemix volumes import series-folder --out scan.nii.gz
  cuemix volumes view scan.nii.gz --label mask.nii.gz --prediction guess.nii.gz`;

/** `cuemix volumes inspect|preprocess|import|view`: medical volumes (NIfTI). */
export function register(command: Command): void {
  command.description(
    'Inspect medical volumes (NIfTI), prepare them for training, import them from other formats, or show them.',
  );
  command.helpCommand(false);
  registerInspect(command.command('inspect'));
  registerPreprocess(command.command('preprocess'));
  registerImport(command.command('import'));
  registerView(command.command('view'));
  command.addHelpText('after', EXAMPLES);
}
