// A type table that knows nothing: objects then have sizes only.
import { type TypeTable, untyped } from './type-table.ts';

const nothing = new Int32Array(0);

export const noTypes: TypeTable = {
  length: () => 0,
  name: () => '',
  sizeBytes: () => 0,
  targets: () => nothing,
  fieldAt: () => '',
  mapParts: () => undefined,
  rowOfRuntimeType: () => -1,
  targetInInterface: () => untyped,
  rowOfClosure: () => -1,
};
