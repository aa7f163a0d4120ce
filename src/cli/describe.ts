import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { describeModel, type ModelDescription } from '../models/describe.js';
import { modelEntry } from '../models/registry.js';
import { withSession } from './support/session.js';
import { formatCount, table } from './support/table.js';

const configFile = z.strictObject({ family: z.string(), options: z.unknown() });

/** `cuemix describe`: a network layer by layer. */
export function register(command: Command): void {
  command
    .description(
      "Show a network layer by layer: parameters and multiply-accumulates as the network's paper counts them.",
    )
    .argument('<model>', 'name from "cuemix models", or a .json file with {"family", "options"}')
    .option('--input <shape>', 'shape of one input without the batch, as 224x224x3')
    .addHelpText(
      'after',
      '\nExamples:\n  cuemix describe resnet50\n  cuemix describe cakes-123d-p --input 16x224x224x3 --json',
    )
    .action(
      withSession(async (session, [model = ''], { input }) => {
        const config = model.endsWith('.json') ? await readConfig(model) : modelEntry(model).config;
        const description = describeModel(
          config,
          input === undefined ? undefined : parseShape(String(input)),
        );
        session.result({ model, ...description }, describeText(model, description));
      }),
    );
}

async function readConfig(path: string): Promise<{ family: string; options: unknown }> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`Expected a model configuration but ${path} cannot be read.`, { cause });
  });
  try {
    return configFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(`Expected {"family", "options"} in ${path} but it holds something else.`, { cause });
  }
}

function parseShape(text: string): number[] {
  const shape = text.split('x').map(Number);
  if (shape.every((extent) => Number.isInteger(extent) && extent > 0)) return shape;
  throw new UsageError(`Option --input cannot be ${text}: give extents and channels, as 224x224x3.`);
}

/** A description for people. */
export function describeText(
  model: string,
  { inputShape, output, params, macs, plainMacs, layers }: ModelDescription,
): string {
  const rows = layers.map((layer) => [
    layer.name,
    layer.kind,
    layer.output.join('x'),
    layer.params.toLocaleString('en-US'),
    layer.macs.toLocaleString('en-US'),
  ]);
  const total = `${params.toLocaleString('en-US')} parameters, ${macs.toLocaleString('en-US')} multiply-accumulates (${formatCount(macs)})`;
  const plain =
    macs === plainMacs
      ? ''
      : `; ${plainMacs.toLocaleString('en-US')} in convolutions and linear layers alone`;
  return [
    table(['layer', 'kind', 'output', 'params', 'MACs'], rows, [3, 4]),
    '',
    `${model}: ${inputShape.join('x')} to ${output.join('x')}, ${total}${plain}.`,
  ].join('\n');
}
