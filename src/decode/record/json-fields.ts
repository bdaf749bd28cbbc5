// Reads JSON that leakline wrote into a case file. The file may come from anybody: every field that is used is checked, and
// a fault is a DecodeError that names it.
import { DecodeError } from '../../base/errors.ts';

export interface JsonFields {
  readonly number: (name: string) => number;
  readonly maybeNumber: (name: string) => number | undefined;
  readonly text: (name: string) => string;
  readonly maybeText: (name: string) => string | undefined;
  /** There, and not null. */
  readonly has: (name: string) => boolean;
  readonly isText: (name: string) => boolean;
  readonly maybeFlag: (name: string) => boolean | undefined;
  readonly texts: (name: string) => readonly string[];
  readonly numbers: (name: string) => readonly number[];
  readonly fields: (name: string) => JsonFields;
  readonly maybeFields: (name: string) => JsonFields | undefined;
  readonly list: (name: string) => readonly JsonFields[];
  readonly oneOf: <T extends string>(name: string, values: readonly T[]) => T;
  readonly maybeOneOf: <T extends string>(name: string, values: readonly T[]) => T | undefined;
}

/** Throws DecodeError when the text is no JSON object. */
export function parseJsonFields(format: string, text: string): JsonFields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DecodeError(format, 0, 'JSON', { cause });
  }
  return fieldsOf(format, value, format);
}

function fieldsOf(format: string, value: unknown, where: string): JsonFields {
  const fail = (name: string, expected: string): DecodeError =>
    new DecodeError(format, 0, `${expected} in the field ${name === '' ? where : `${where}.${name}`}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('', 'an object');
  const record = value as Readonly<Record<string, unknown>>;
  const absent = (name: string): boolean => record[name] === undefined || record[name] === null;
  const number = (name: string): number => {
    const one = record[name];
    if (typeof one !== 'number' || !Number.isFinite(one)) throw fail(name, 'a number');
    return one;
  };
  const text = (name: string): string => {
    const one = record[name];
    if (typeof one !== 'string') throw fail(name, 'a text');
    return one;
  };
  const array = (name: string): readonly unknown[] => {
    const one = record[name];
    if (!Array.isArray(one)) throw fail(name, 'a list');
    return one;
  };
  const oneOf = <T extends string>(name: string, values: readonly T[]): T => {
    const one = values.find((candidate) => candidate === record[name]);
    if (one === undefined) throw fail(name, `one of ${values.join(', ')}`);
    return one;
  };
  const fields = (name: string): JsonFields => fieldsOf(format, record[name], `${where}.${name}`);
  return {
    number,
    maybeNumber: (name) => (absent(name) ? undefined : number(name)),
    text,
    maybeText: (name) => (absent(name) ? undefined : text(name)),
    has: (name) => !absent(name),
    isText: (name) => typeof record[name] === 'string',
    maybeFlag: (name) => {
      if (absent(name)) return undefined;
      const one = record[name];
      if (typeof one !== 'boolean') throw fail(name, 'true or false');
      return one;
    },
    texts: (name) =>
      array(name).map((one) => {
        if (typeof one !== 'string') throw fail(name, 'a list of texts');
        return one;
      }),
    numbers: (name) =>
      array(name).map((one) => {
        if (typeof one !== 'number' || !Number.isFinite(one)) throw fail(name, 'a list of numbers');
        return one;
      }),
    fields,
    maybeFields: (name) => (absent(name) ? undefined : fields(name)),
    list: (name) => array(name).map((one, row) => fieldsOf(format, one, `${where}.${name}[${row}]`)),
    oneOf,
    maybeOneOf: (name, values) => (absent(name) ? undefined : oneOf(name, values)),
  };
}
