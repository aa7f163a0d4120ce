import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeNifti } from '../../src/datasets/nifti/write.js';
import {
  readLayers,
  serveView,
  type ViewPage,
  viewerScript,
  viewPage,
} from '../../src/report/volumes/index.js';
import { temporaryFolder } from '../helpers/fixtures.js';
import { describeWhere } from '../helpers/left-out.js';

/** Chromium and the folder in which CUEMIX_NIIVUE says that NiiVue is installed. */
function browserAndViewer(): { chromium: string; niivue: string } | undefined {
  const niivue = process.env.CUEMIX_NIIVUE;
  const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
    (name) => spawnSync(name, ['--version']).status === 0,
  );
  return chromium === undefined || !niivue ? undefined : { chromium, niivue };
}

const cure =
  'Chromium and NiiVue are required but absent: apt install chromium, npm install @niivue/niivue, and name its folder by CUEMIX_NIIVUE.';
const SIDE = 24;
const AFFINE = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** What `value` makes of the distance from the middle. */
const ball = (value: (radius: number) => number) =>
  Int16Array.from({ length: SIDE ** 3 }, (_, i) => {
    const at = [i % SIDE, Math.floor(i / SIDE) % SIDE, Math.floor(i / SIDE ** 2)];
    return value(Math.hypot(...at.map((x) => x - (SIDE - 1) / 2)));
  });

describeWhere(
  'volumes view in Chromium',
  browserAndViewer(),
  { lacking: 'Chromium or NiiVue', cure },
  ({ chromium, niivue }) => {
    let root: { path: string; remove: () => Promise<void> };
    let page: Omit<ViewPage, 'whole'>;
    beforeAll(async () => {
      root = await temporaryFolder();
      const [image, label] = [join(root.path, 'image.nii'), join(root.path, 'label.nii')];
      const shape = [SIDE, SIDE, SIDE];
      await writeNifti(image, { data: ball((radius) => 200 - 8 * radius), shape, affine: AFFINE });
      await writeNifti(label, { data: ball((radius) => Number(radius < 5)), shape, affine: AFFINE });
      page = {
        title: 'ball',
        layers: await readLayers({ image, label }),
        viewer: await viewerScript([niivue]),
      };
    });
    afterAll(() => root.remove());

    /** The bytes of what an address shows, with every other host out of reach. */
    async function opened(url: string): Promise<Buffer> {
      const shot = join(root.path, 'shot.png');
      const software = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
      const offline = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';
      const profile = `--user-data-dir=${join(root.path, 'profile')}`;
      const once = ['--virtual-time-budget=30000', '--window-size=800,600', `--screenshot=${shot}`];
      const args = [
        '--headless=new',
        '--no-sandbox',
        '--disable-dev-shm-usage',
        ...software,
        offline,
        profile,
        ...once,
        url,
      ];
      await promisify(execFile)(chromium, args, { timeout: 60_000 });
      return sharp(shot).removeAlpha().raw().toBuffer();
    }

    /** Pixels of the shades of grey of a scan, and of the first label's red over them. */
    function count(pixels: Buffer): { grey: number; red: number } {
      let [grey, red] = [0, 0];
      for (let i = 0; i < pixels.length; i += 3) {
        const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
        if (r === g && g === b && r > 40 && r < 250) grey++;
        if (r > 150 && r > g + 50 && g > 30) red++;
      }
      return { grey, red };
    }

    it('draws volume and label from one page without a network', { timeout: 60_000 }, async () => {
      const file = join(root.path, 'page.html');
      await writeFile(file, viewPage({ ...page, whole: true }));
      const { grey, red } = count(await opened(`file://${file}`));
      expect(grey).toBeGreaterThan(10_000);
      expect(red).toBeGreaterThan(5_000);
    });

    it('draws the same from its server', { timeout: 60_000 }, async () => {
      const server = await serveView(page);
      try {
        const { grey, red } = count(await opened(server.url));
        expect(grey).toBeGreaterThan(10_000);
        expect(red).toBeGreaterThan(5_000);
      } finally {
        await server.close();
      }
    });
  },
);
