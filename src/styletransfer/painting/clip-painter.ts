import { picture } from '../../core/sample.js';
import type { PainterIdentity } from '../dataset/manifest.js';
import type { ClipStyle, ClipStylizer } from './clip-stylizer.js';
import type { Clip, Painter } from './painter.js';

/** A painter of clips, each in one style and without flicker of its own. It owns the stylizer. */
export function clipPainter(stylizer: ClipStylizer, identity: PainterIdentity): Painter<ClipStyle, Clip> {
  return {
    identity,
    encodeStyle: ({ data, height, width }) => stylizer.encodeStyle(picture(data, height, width)),
    async paint(clips, styles, alpha, signal) {
      const painted: Clip[] = [];
      for (const [row, clip] of clips.entries()) {
        const { data, height, width } = clip;
        const shape = [data.length / (height * width * 3), height, width, 3];
        const raster = { role: 'intensity', axes: ['t', 'y', 'x'], shape, data } as const;
        const result = await stylizer.paint(raster, styles[row]!, { alpha, ...(signal && { signal }) });
        painted.push({ ...clip, data: result.data as Uint8Array });
      }
      return painted;
    },
    dispose: () => stylizer.dispose(),
  };
}
