import glob from 'fast-glob';
import { PICTURE_EXTENSIONS } from '../folder.js';
import { VIDEO_EXTENSIONS } from './videos.js';

/** True where a folder has files that are named as videos and none, at any depth, that is named as a picture. */
export async function holdsVideos(root: string): Promise<boolean> {
  const ending = (extensions: readonly string[]) => new RegExp(`\\.(${extensions.join('|')})$`, 'i');
  const [pictures, videos] = [ending(PICTURE_EXTENSIONS), ending(VIDEO_EXTENSIONS)];
  let found = false;
  const files = { onlyFiles: true, followSymbolicLinks: false, suppressErrors: true }; // who reads them tells of errors
  const names = glob.stream('**/*', { ...files, cwd: root });
  for await (const name of names) {
    if (pictures.test(`${name}`)) return false; // the first one decides: sets of pictures are large
    found ||= videos.test(`${name}`);
  }
  return found;
}
