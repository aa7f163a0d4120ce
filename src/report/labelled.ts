import type { ReportData, Shown } from '../styletransfer/dataset/finish.js';

/** An output whose classes are called by the names of the class index, where there is one. */
export function labelled({ classNames }: ReportData['dataset'], item: Shown): Shown {
  if (classNames === undefined) return item;
  const { shape, texture } = item.entry;
  const named = <T extends { readonly id: number | null; readonly name: string }>(label: T): T => ({
    ...label,
    name: label.id === null ? label.name : (classNames[label.id] ?? label.name),
  });
  return { ...item, entry: { ...item.entry, shape: named(shape), texture: named(texture) } };
}
