import type { ReportData, Shown } from '../../src/styletransfer/dataset/finish.js';
import { parseRecipe } from '../../src/styletransfer/plan/recipe.js';
import { thumbnail } from '../../src/styletransfer/produce/pictures.js';
import { draw } from '../helpers/fixtures.js';

/** A report's data with names that try to break out, and `count` previews. */
export async function hostileData(count: number): Promise<ReportData> {
  const names = ['<img src=x onerror=alert(1)>', '</script><script>alert(2)</script>', `"'&</title>`];
  const picture = {
    width: 60,
    height: 40,
    data: draw({ shape: 'disc', texture: 'dots', width: 60, height: 40 }),
  };
  const small = await thumbnail(picture);
  const shown = Array.from({ length: count }, (_, index): Shown => {
    const shape = { id: index % 3, name: names[index % 3]! };
    const texture = { id: null, name: names[(index + 1) % 3]! };
    return {
      entry: {
        index,
        path: `images/x/${index}.jpg`,
        content: `${shape.name}/a.jpg`,
        style: `${texture.name}/b.jpg`,
        shape,
        texture,
        votes: [{ classId: shape.id, weight: 1, cue: 'shape' }],
        alpha: 0.5,
        copy: 0,
        redraws: 0,
        width: 60,
        height: 40,
        bytes: 10,
        sha256: '0'.repeat(64),
      },
      preview: { index, content: small, style: small, result: small },
    };
  });
  const message = `Cannot decode ${names[0]}: it was cut.`;
  return {
    dataset: {
      format: 'cuemix-dataset',
      version: 1,
      recipe: parseRecipe({ alpha: [0.5] }),
      plan: { hash: '0'.repeat(64), outputs: 1240, groups: 20, groupSize: 64 },
      painter: { model: 'fake', engine: 'none', engineVersion: '1', precision: 'fp32' },
      versions: { cuemix: '0' },
      classes: names,
      styleClasses: names,
      counts: {
        contents: { found: 1240, refused: 6 },
        styles: { found: 3, refused: 0 },
        outputs: { planned: 1240, delivered: 1234, refused: 6 },
      },
    },
    shown,
    refusals: [{ role: 'content', path: names[0]!, code: 'E_TRUNCATED', message, outputs: [7] }],
    cells: new Map([[names[0]!, new Map([[names[1]!, 1234]])]]),
  };
}
