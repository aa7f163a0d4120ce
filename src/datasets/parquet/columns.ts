import { type FileMetaData, parquetSchema } from 'hyparquet';
import { z } from 'zod';
import { DatasetError } from '../../core/errors.js';
import { shownPath } from '../../io/http/http.js';

/** Which columns of a table are its pictures and their classes. */
export interface TableColumns {
  readonly image: string;
  readonly label?: string;
  /** Names by class id, where the table's metadata tells them. */
  readonly classes?: readonly string[];
}

const IMAGES = ['image', 'img', 'jpg', 'picture', 'bytes'];
const LABELS = ['label', 'labels', 'class', 'cls', 'fine_label'];

/** What Hugging Face writes beside the schema. */
const features = z.object({
  info: z.object({
    features: z.record(
      z.string(),
      z.object({ _type: z.string().optional(), names: z.array(z.string()).optional() }),
    ),
  }),
});

/**
 * Finds the columns: those that are told, else those that Hugging Face's metadata calls Image and ClassLabel, else by
 * their usual names. Throws DatasetError E_FORMAT where there are none.
 */
export function chooseColumns(
  metadata: FileMetaData,
  told: { readonly image?: string; readonly label?: string | false },
  path: string,
): TableColumns {
  const columns = parquetSchema(metadata).children;
  const names = columns.map(({ element }) => element.name);
  const described = featuresOf(metadata);
  const ofType = (type: string) => names.find((name) => described.get(name)?._type === type);
  const present = (name: string | undefined) => {
    if (name === undefined || names.includes(name)) return name;
    throw new DatasetError(
      'E_FORMAT',
      `Expected a column ${name} in ${shownPath(path)} but it has ${names.join(', ')}.`,
    );
  };
  const image = present(told.image) ?? ofType('Image') ?? IMAGES.find((name) => names.includes(name));
  const holder = columns.find(({ element }) => element.name === image);
  const binary = holder?.children.find(({ element }) => element.name === 'bytes') ?? holder;
  if (image === undefined || binary?.element.type !== 'BYTE_ARRAY')
    throw new DatasetError(
      'E_FORMAT',
      `Expected a column of pictures in ${shownPath(path)} (binary, or a struct with bytes) but it has ${names.join(', ')}.`,
    );
  const label =
    told.label === false
      ? undefined
      : (present(told.label) ?? ofType('ClassLabel') ?? LABELS.find((name) => names.includes(name)));
  if (label === undefined) return { image };
  const classes = described.get(label)?.names;
  return { image, label, ...(classes && { classes }) };
}

function featuresOf(metadata: FileMetaData) {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  try {
    const parsed = features.safeParse(JSON.parse(text ?? 'null'));
    return new Map(Object.entries(parsed.data?.info.features ?? {}));
  } catch {
    return new Map<string, z.output<typeof features>['info']['features'][string]>();
  }
}
